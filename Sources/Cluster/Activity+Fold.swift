import Console
import Tasks
import Training

extension Activity {
  /// The step that comes next.
  init(_ task: TaskKey, _ progress: FoldProgress) {
    self.init(
      task: "fold \(task)", step: (epoch: progress.epoch + 1, number: progress.batch + 1))
  }
}
