/// What a loss asks of the class probabilities, where that is more than one class a sample.
public struct SoftTargets: Sendable, Equatable {
  /// Of each sample of this rank, by class: how much −log p counts; [samples][classes], none below 0.
  public let coefficients: [[Double]]
  /// What the sum over the whole batch is divided by.
  public let divisor: Double

  public init(coefficients: [[Double]], divisor: Double) {
    self.coefficients = coefficients
    self.divisor = divisor
  }
}
