/// What a run writes for people who look on while it trains.
public struct MetricsConfiguration: Sendable, Equatable {
  /// Whether each training has an event file for TensorBoard.
  public var tensorBoard = true

  public init() {}
}
