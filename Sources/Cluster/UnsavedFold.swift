import Checkpointing

/// A fold whose last state is not on disk.
struct UnsavedFold: CustomStringConvertible {
  let subject: String
  /// What it goes on from.
  let next: String

  /// - Parameter store: The fold's checkpoints, which nobody writes any more.
  init(_ subject: String, _ store: CheckpointStore) {
    self.subject = subject
    do {
      next =
        try store.manifest()?.generations.first
        .map { "goes on after epoch \($0.epoch), step \($0.batch)" } ?? Self.anew
    } catch is CheckpointError {
      next = Self.anew
    } catch {
      next = "goes on from its earlier checkpoints, which cannot be read now"
    }
  }

  private static let anew = "starts again from its first epoch"

  var description: String { "fold \(subject) could not be saved: it \(next)" }
}
