import Checkpointing
import Tasks

/// A fold whose last state is not on disk.
struct UnsavedFold: CustomStringConvertible {
  let task: TaskKey
  /// What it goes on from.
  let next: String

  /// - Parameter store: The fold's checkpoints, which nobody writes any more.
  init(_ task: TaskKey, _ store: CheckpointStore) {
    self.task = task
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

  var description: String { "fold \(task) could not be saved: it \(next)" }
}
