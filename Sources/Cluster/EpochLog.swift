import Console
import Dispatch
import Files
import Job
import NeuralNetwork
import RunStore
import Tasks
import Training

/// Writes the epochs of the running trainings down, for people who look on.
///
/// Nothing waits for it, nor ends when the disk refuses it: what is missing is written when it can be, at the
/// latest when the job ends in good order.
struct EpochLog {
  private let directory: RunDirectory
  private let plan: RunPlan
  private var writers: [TaskKey: MetricsWriter] = [:]
  /// Those that have something to write.
  private var waiting = Turns<TaskKey>()
  /// Finished trainings whose files could not be written yet.
  private var late: Set<TaskKey> = []
  /// The file of each training that cannot be written, as far as the user knows.
  private var warned: [TaskKey: String] = [:]
  private var due: UInt64 = 0

  /// Nanoseconds between two passes, and how many times as long as a pass takes, so that a slow file
  /// server does not keep the coordinator from the groups.
  private static let (interval, rest): (UInt64, UInt64) = (1_000_000_000, 20)
  /// Nanoseconds after which a pass leaves the others to the next one, and after which the last pass gives up.
  private static let (pass, lastPass): (UInt64, UInt64) = (50_000_000, 5_000_000_000)
  /// Finished trainings whose epochs are kept in memory at most, for files that cannot be written.
  private static let mostLate = 1000

  init(_ directory: RunDirectory, _ plan: RunPlan) {
    self.directory = directory
    self.plan = plan
  }

  /// A group begins with a task.
  ///
  /// - Parameter losses: Of the epochs that are behind it.
  mutating func begin(_ task: TaskKey, losses: [Double] = []) {
    // The files may be ahead of what the task goes on from; another group's epochs are whole there.
    late.remove(task)
    if waiting.remove(task) { flush(task) }
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
      waiting.add(task)
    }
  }

  /// Writes some of what there is if it is due.
  mutating func flushIfDue() {
    guard !waiting.isEmpty else { return }
    let start = Self.now
    guard start >= due else { return }
    flush(within: Self.pass)
    let end = Self.now
    due = end + max(Self.interval, Self.rest * (end - start))
  }

  /// Writes what there is when a job ends.
  mutating func flush() { flush(within: Self.lastPass) }

  /// Gives each that waits a turn, until the time is over.
  private mutating func flush(within nanoseconds: UInt64) {
    let end = Self.now + nanoseconds
    for _ in 0..<waiting.count {
      guard let task = waiting.next() else { return }
      flush(task)
      guard Self.now < end else { return }
    }
  }

  private mutating func flush(_ task: TaskKey) {
    guard var writer = writers.removeValue(forKey: task) else { return }
    let isWritten = succeeds(task) { try writer.flush() }
    // A finished training has nothing more to write.
    if isWritten, late.remove(task) != nil { return }
    // What the disk refused waits for another turn.
    if writer.hasNews { waiting.add(task) }
    writers[task] = writer
  }

  /// A task's training is finished: its files hold all its epochs when this returns, or get them later if they
  /// cannot be written now.
  mutating func finish(_ task: TaskKey, losses: [Double]) {
    waiting.remove(task)
    var writer = writers.removeValue(forKey: task) ?? writer(task, losses: losses)
    // A disk that fails for once is given another chance.
    for _ in 0..<2 {
      if succeeds(task, { try writer.finish(losses: losses) }) { return }
    }
    guard late.count < Self.mostLate else { return }
    writers[task] = writer
    late.insert(task)
    waiting.add(task)
  }

  /// Whether a task's files could be written; if not the user is told, once while it is the same file.
  private mutating func succeeds(_ task: TaskKey, _ write: () throws -> Void) -> Bool {
    do {
      try write()
      warned[task] = nil
      return true
    } catch {
      warn(error, of: task)
      return false
    }
  }

  private mutating func warn(_ error: any Error, of task: TaskKey) {
    let cause = error as? FileError
    let file = cause?.path ?? "\(error)"
    guard warned.updateValue(file, forKey: task) != file else { return }
    let remedy = cause.map { ": \(FileError.remedy($0.code))" } ?? ""
    logger.warning(
      "\(error); training goes on, and what is missing is written when it can be\(remedy)")
  }

  private static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }
}
