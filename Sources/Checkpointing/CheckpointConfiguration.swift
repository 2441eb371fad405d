/// When and how the state of a running fold is kept; it never changes a result.
public struct CheckpointConfiguration: Sendable, Equatable {
  /// Seconds between two checkpoints of a fold; 0: as often as they can be written.
  public var everySeconds = 300
  /// Generations that are kept of a fold.
  public var keep = 2
  /// zstd's level, 1 … 19.
  public var compressionLevel = 1
  /// Whether most checkpoints hold the difference to the last full one, which takes a further copy
  /// of the owned state in memory.
  public var delta = false

  public init() {}
}
