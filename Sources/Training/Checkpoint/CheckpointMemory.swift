import Checkpointing

/// A rank's memory for checkpoints: one copy of the state it owns, a second one if differences are
/// written. Allocated when the first checkpoint is taken, and used again for every fold.
public final class CheckpointMemory {
  /// What the next checkpoint is copied to.
  private(set) var next = PlaneBuffer()
  /// The last full checkpoint, if differences are written.
  private(set) var base = PlaneBuffer()

  public init() {}

  /// Makes what was copied last the base.
  func keepAsBase() { swap(&next, &base) }
}
