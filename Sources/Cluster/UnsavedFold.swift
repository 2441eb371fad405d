import Tasks

/// A fold whose last state is not on disk.
struct UnsavedFold: CustomStringConvertible {
  let task: TaskKey
  /// What it goes on from; nobody writes its checkpoints any more.
  let continuation: FoldContinuation

  private var next: String {
    switch continuation {
    case .checkpoint(let epoch, let step): "goes on after epoch \(epoch), step \(step)"
    case .beginning: "starts again from its first epoch"
    case .unknown: "goes on from its earlier checkpoints, which cannot be read now"
    }
  }

  var description: String { "fold \(task) could not be saved: it \(next)" }
}
