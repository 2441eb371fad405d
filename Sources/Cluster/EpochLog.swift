import Console
import Dispatch
import Job
import NeuralNetwork
import RunStore
import Tasks
import Training

/// Writes the epochs of the running trainings down, for people who look on.
///
/// Training does not wait for it, nor end when the disk refuses it: what is missing is written when a
/// fold finishes, and then must be.
struct EpochLog {
  private let directory: RunDirectory
  private let plan: RunPlan
  private var writers: [TaskKey: MetricsWriter] = [:]
  /// Those that have something to write.
  private var waiting: Set<TaskKey> = []
  private var due: UInt64 = 0
  private var hasWarned = false

  /// Nanoseconds between two writings, and how many times as long as a writing takes, so that a slow file
  /// server does not keep the coordinator from the groups.
  private static let (interval, rest): (UInt64, UInt64) = (500_000_000, 20)

  init(_ directory: RunDirectory, _ plan: RunPlan) {
    self.directory = directory
    self.plan = plan
  }

  /// A group begins with a task.
  ///
  /// - Parameter losses: Of the epochs that are behind it.
  mutating func begin(_ task: TaskKey, losses: [Double] = []) {
    // The files may be ahead of what the task goes on from; another group's epochs are whole there.
    flush(task)
    writers[task] = writer(task, losses: losses)
  }

  private func writer(_ task: TaskKey, losses: [Double]) -> MetricsWriter {
    let planned = plan[task]
    let training = planned.configuration.training
    let schedule = training.schedule(clips: planned.fold.trainClips.count)
    let updates = planned.updatesOfEpoch
    return MetricsWriter(
      directory, task, losses: losses,
      hyperparameters: plan.configuration.metrics.tensorBoard
        ? plan.hyperparameters(of: planned) : nil
    ) { schedule.rate(of: $0 * updates - 1) }
  }

  /// Epochs of a task have ended.
  mutating func add(_ epochs: [EpochReport], of task: TaskKey) {
    for epoch in epochs {
      guard writers[task]?.isNext(epoch.epoch) == true else {
        logger.warning(
          "\(directory.metricsPath(task)): epoch \(epoch.epoch) does not follow; it is written when the fold ends. This is an error in htnet"
        )
        continue
      }
      writers[task]?.add(
        epoch: epoch.epoch, loss: epoch.loss, samples: epoch.samples, seconds: epoch.seconds)
      waiting.insert(task)
    }
  }

  /// Writes what there is if it is due.
  mutating func flushIfDue() {
    guard !waiting.isEmpty else { return }
    let start = DispatchTime.now().uptimeNanoseconds
    guard start >= due else { return }
    flush()
    let end = DispatchTime.now().uptimeNanoseconds
    due = end + max(Self.interval, Self.rest * (end - start))
  }

  /// Writes what there is.
  mutating func flush() {
    for task in waiting { flush(task) }
  }

  private mutating func flush(_ task: TaskKey) {
    guard waiting.remove(task) != nil else { return }
    do {
      try writers[task]?.flush()
    } catch {
      warn(error)
    }
  }

  /// A task's training is finished: its files hold all its epochs when this returns.
  ///
  /// - Throws: `FileError` if they do not.
  mutating func finish(_ task: TaskKey, losses: [Double]) throws {
    waiting.remove(task)
    var writer = writers.removeValue(forKey: task) ?? writer(task, losses: losses)
    do {
      try writer.finish(losses: losses)
    } catch {
      warn(error)
      // A disk that fails for once does not cost the fold.
      try writer.finish(losses: losses)
    }
  }

  private mutating func warn(_ error: any Error) {
    guard !hasWarned else { return }
    hasWarned = true
    logger.warning(
      "\(error); training goes on, and what is missing is written when the fold ends")
  }
}
