import Digest

/// What a rank tells the others of its group in each step.
///
/// All of it travels in one message, so that agreeing costs none of its own. `FoldTrainer` fills in
/// what the step computed, and whoever calls it the rest.
public struct StepNote: Sendable, Equatable {
  /// How a rank's part of a generation ended.
  public struct Receipt: Sendable, Equatable {
    public var generation: Int
    /// What is durable; nil: it failed.
    public var file: WrittenFile?

    public init(generation: Int, file: WrittenFile?) {
      self.generation = generation
      self.file = file
    }
  }

  /// A file as it was written.
  public struct WrittenFile: Sendable, Equatable {
    public var bytes: Int
    public var sha256: SHA256Digest

    public init(bytes: Int, sha256: SHA256Digest) {
      self.bytes = bytes
      self.sha256 = sha256
    }
  }

  /// Summed loss of the samples of each shard that the rank owns, in their order.
  public var shardLosses: [Double] = []
  /// The first element of its part of the flat gradient that is not finite.
  public var firstBadGradient: Int?
  /// Whether it has been asked to stop.
  public var stops = false
  /// Whether it has been asked to leave the fold to another group.
  public var yields = false
  /// The checkpoint that a leader would like taken after this step.
  public var wish: CheckpointKind?
  /// Whether it is still busy with an earlier checkpoint.
  public var isBusy = false
  /// Its part of the last checkpoint, once that has ended.
  public var receipt: Receipt?
  /// What the step took; nil: its batch is a smaller one, whose figures compare with no other's.
  public var times: StepTimes?

  public init() {}
}

/// What a checkpoint holds: the state, or its difference to the last full checkpoint's.
public enum CheckpointKind: UInt8, Sendable { case full = 1, difference }
