import Tasks
import Wording

/// How far a run is, in one line.
package struct ProgressLine: CustomStringConvertible {
  /// A fold that a group trains.
  package struct Fold {
    package let task: TaskKey
    /// From 1; nil: no step of it is known, nor where its checkpoint stands.
    package let epoch: Int?
    /// Of the whole training.
    package let epochs: Int
    /// Of its last step; NaN: none is known.
    package let loss: Double

    package init(_ task: TaskKey, epoch: Int?, of epochs: Int, loss: Double) {
      self.task = task
      self.epoch = epoch
      self.epochs = epochs
      self.loss = loss
    }
  }

  /// What is counted: `fold`, or `training`.
  package var unit: String
  package var done: Int
  /// How many the run consists of.
  package var tasks: Int
  package var failed = 0
  package var aside = 0
  /// Seconds; nil: nothing is known yet.
  package var left: Double?
  /// Whether only an earlier job says how fast it goes.
  package var isByEarlierJob = false
  /// Samples a second; 0: no step was seen yet, or all are silent that train.
  package var rate = 0.0
  /// Groups that must go on for the time that is left to hold, since nothing was heard of them for long.
  package var silent: [Int] = []
  package var running: [Fold] = []

  /// Folds whose state the line says.
  private static let named = 4
  /// Silent groups that it names.
  private static let namedGroups = 4

  package init(unit: String, done: Int, of tasks: Int) {
    self.unit = unit
    self.done = done
    self.tasks = tasks
  }

  package var description: String {
    let others = [(failed, "failed"), (aside, "set aside")].filter { $0.0 > 0 }
      .map { ", \($0.0) \($0.1)" }.joined()
    let folds = running.prefix(Self.named).map { fold in
      fold.task.description + (fold.epoch.map { " epoch \($0)/\(fold.epochs)" } ?? "")
        + (fold.loss.isNaN ? "" : " loss \(decimals(fold.loss, 4))")
    }
    let more = running.count > Self.named ? " and \(running.count - Self.named) more" : ""
    // The figures of the whole run come first: a narrow terminal cuts the end off.
    return [
      "\(unit)s \(done)/\(tasks)\(others)", eta,
      rate > 0 ? "\(decimals(rate, 0)) samples/s" : "", folds.joined(separator: ", ") + more,
    ].filter { !$0.isEmpty }.joined(separator: " | ")
  }

  private var eta: String {
    guard let left else { return "ETA after the first step" }
    return (isByEarlierJob ? "ETA ~\(duration(left)) by the earlier job" : "ETA \(duration(left))")
      + condition
  }

  private var condition: String {
    guard silent.count > 1 else { return silent.first.map { " if group \($0) goes on" } ?? "" }
    guard silent.count <= Self.namedGroups else { return " if \(silent.count) silent groups go on" }
    return " if groups \(silent.map(String.init).joined(separator: ", ")) go on"
  }
}
