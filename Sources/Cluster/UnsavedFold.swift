import Checkpointing

/// A fold whose last state is not on disk.
struct UnsavedFold: CustomStringConvertible {
  let subject: String
  /// What it goes on from; nil: there is nothing.
  let newest: CheckpointManifest.Generation?

  /// - Parameter store: The fold's checkpoints, which nobody writes any more.
  init(_ subject: String, _ store: CheckpointStore) {
    self.subject = subject
    newest = (try? store.manifest())?.generations.first
  }

  var description: String {
    "fold \(subject) could not be saved: it "
      + (newest.map { "goes on after epoch \($0.epoch), step \($0.batch)" }
        ?? "starts again from its first epoch")
  }
}
