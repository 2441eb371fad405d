import Console
import Dispatch
import Logging
import Tasks

/// Shows how far a run is: one line that renews itself where people watch, lines of the log elsewhere.
struct ProgressReporter {
  private struct Running {
    let task: TaskKey
    let epochs: Int
    /// The epoch in which its newest checkpoint stands; nil: it has none, or nobody can say.
    let checkpoint: Int?
    var epoch = 0
    var loss = Double.nan
  }

  /// What is counted: `fold`, or `training`.
  private let unit: String
  private let tasks: Int
  private(set) var done: Int
  private var aside = 0
  private var failed: Int
  private var running: [Int: Running] = [:]
  private var estimate: TimeEstimate
  /// Groups of whose silence the log has warned: nobody knows whether they train.
  var silent: Set<Int> = []
  private let start = DispatchTime.now().uptimeNanoseconds
  private var lastShown: Double?
  /// Whether a line was shown that knows a step of this job.
  private var showedSteps = false

  /// Seconds between two lines, where people watch and elsewhere.
  private static let interval = (watched: 0.5, logged: 15.0)

  /// - Parameters:
  ///   - tasks: How many the run consists of.
  ///   - done: Folds that are finished, and those that have failed, before this job.
  ///   - estimate: Of the others.
  init(unit: String, tasks: Int, done: (finished: Int, failed: Int), estimate: TimeEstimate) {
    self.unit = unit
    self.tasks = tasks
    self.done = done.finished
    failed = done.failed
    self.estimate = estimate
  }

  /// Seconds since the job began to train.
  var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 }

  /// The groups have changed.
  mutating func regroup(_ groups: some Sequence<RankGroup>) { estimate.regroup(groups) }

  /// What an elastic scheduler must know; nil: not all is seen yet.
  func outlook(cost: Double) -> Outlook? { estimate.outlook(at: seconds, cost: cost) }

  /// A group gets a fold.
  ///
  /// - Parameter checkpoint: The epoch in which its newest checkpoint stands; nil: it has none, or nobody can
  ///   say.
  mutating func begin(group: Int, _ task: TaskKey, epochs: Int, checkpoint: Int?) {
    running[group] = Running(task: task, epochs: epochs, checkpoint: checkpoint)
    estimate.begin(group: group, task, at: seconds)
  }

  mutating func advance(_ report: TrainingReport) {
    running[report.group]?.epoch = report.epoch
    running[report.group]?.loss = report.loss
    estimate.advance(
      group: report.group, samples: report.samples, seconds: report.elapsed, at: seconds)
  }

  /// What a group was last known to do, such as `at fold sub03, last heard of in epoch 3 of 800`; nil: it has
  /// no fold.
  func standing(of group: Int) -> String? {
    running[group].map { fold in
      "at fold \(fold.task), "
        + (fold.epoch == 0
          ? "of which it has reported no step"
          : "last heard of in epoch \(fold.epoch) of \(fold.epochs)")
    }
  }

  /// How far each group's fold is, the epochs from 1; 0: it has reported no step.
  var standings: [Int: (epoch: Int, epochs: Int)] {
    running.mapValues { ($0.epoch, $0.epochs) }
  }
  /// Samples a second, of all groups that are not silent.
  var rate: Double { estimate.rate(without: silent) }
  /// If those that are silent go on; nil: nothing is known yet.
  var secondsLeft: Double? { estimate.secondsLeft(at: seconds) }

  /// A fold goes on in the middle: what is behind it need not be done.
  ///
  /// - Parameter epoch: In which it goes on, from 1, or which it has just ended.
  mutating func resume(group: Int, epoch: Int, samples: Int) {
    running[group]?.epoch = epoch
    estimate.resume(group: group, done: samples)
  }

  /// What became of a fold that a group has had.
  enum End { case finished, failed, setAside, left }

  /// A fold that stopped counts as not done, whatever it had trained on.
  mutating func end(group: Int, _ end: End) {
    running[group] = nil
    switch end {
    case .finished: done += 1
    case .failed: failed += 1
    case .setAside: aside += 1
    case .left: break
    }
    estimate.end(
      group: group, end == .left ? .left : end == .finished ? .finished : .givenUp, at: seconds)
  }

  /// Shows the state if it is due: at once at the first fold and at the first step, and after each interval.
  mutating func show() {
    let isWatched = Console.shared.isWatched
    let interval = isWatched ? Self.interval.watched : Self.interval.logged
    let isFirstStep = !estimate.isByEarlierJob && !showedSteps
    let isDue =
      lastShown.map { seconds - $0 >= interval }
      ?? (seconds >= interval || estimate.isByEarlierJob && !running.isEmpty)
    guard isDue || isFirstStep else { return }
    let left = estimate.secondsLeft(at: seconds)
    // A job that knows nothing yet says so when an interval is over.
    guard left != nil || seconds >= interval else { return }
    lastShown = seconds
    showedSteps = !estimate.isByEarlierJob
    let line = line(left)
    guard !isWatched else { return Console.shared.show("\(line)") }
    var fields: Logger.Metadata = [
      "event": "progress", "done": .stringConvertible(done), "folds": .stringConvertible(tasks),
    ]
    if line.rate > 0 { fields["samples_per_second"] = .stringConvertible(line.rate) }
    if !silent.isEmpty { fields["silent_groups"] = .stringConvertible(silent.count) }
    if let left {
      fields["seconds_left"] = .stringConvertible(left)
      fields["speed_of"] = .string(estimate.isByEarlierJob ? "earlier job" : "this job")
    }
    logger.notice("\(line)", metadata: fields)
  }

  private func line(_ left: Double?) -> ProgressLine {
    var line = ProgressLine(unit: unit, done: done, of: tasks)
    (line.failed, line.aside, line.left) = (failed, aside, left)
    (line.isByEarlierJob, line.rate, line.silent) = (estimate.isByEarlierJob, rate, silent.sorted())
    line.running = running.sorted { $0.key < $1.key }.map { _, fold in
      ProgressLine.Fold(
        fold.task, epoch: fold.epoch > 0 ? fold.epoch : fold.checkpoint, of: fold.epochs,
        loss: fold.loss)
    }
    return line
  }
}
