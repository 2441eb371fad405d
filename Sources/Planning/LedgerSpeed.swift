import Configuration
import Job
import RunStore
import Tasks
import Wording

/// Why an earlier run says nothing about a job.
public struct LedgerSpeedError: Error, CustomStringConvertible, Equatable {
  let run: String
  let reason: String
  public var description: String {
    "\(run): \(reason); leave --from out, and the speed is measured here"
  }
}

/// How fast an earlier run of the same model and data was, by its ledger.
public struct LedgerSpeed: Sendable {
  let run: String
  /// Trainings that count: finished in one go.
  let trainings: Int
  /// How fast its groups were.
  let groups: GroupSpeeds
  /// Of one rank, in seconds.
  private let perSample: [TaskKind: [Double]]

  /// Keys that do not change what a sample costs.
  private static let free = [
    "training.epochs", "training.seed", "training.learning_rate", "folds.", "evaluation.",
  ]

  /// - Parameters:
  ///   - path: Its run directory.
  ///   - threads: Of each rank of the job.
  /// - Throws: `LedgerSpeedError` if it was of another model, other data or other threads, or has not finished a
  ///   training of each kind; what reading a run throws.
  public init(_ path: String, for plan: RunPlan, threads: Int) throws {
    run = path
    func refuse(_ reason: String) -> LedgerSpeedError {
      LedgerSpeedError(run: path, reason: reason)
    }
    let directory = RunDirectory(path)
    try directory.requireRun()
    let earlier = try RunConfiguration(
      yaml: try directory.configuration(), file: directory.configurationPath)
    let differences = plan.configuration.differences(from: earlier).filter { difference in
      !Self.free.contains { difference.key.hasPrefix($0) }
    }
    guard differences.isEmpty else {
      throw refuse(
        "was of another configuration: "
          + differences.map { "\($0.key) is \($0.other) there and \($0.mine) here" }
          .joined(separator: "; "))
    }
    let ledger = try directory.ledger()
    guard let job = ledger.lastJob, job.dataSHA256 == plan.settings.first?.dataSHA256 else {
      throw refuse("was of other data")
    }
    let tasks = Dictionary(plan.tasks.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    let speeds = TrainingSpeeds(ledger.records, threads: threads) {
      tasks[$0].map { $0.fold.trainClips.count * earlier.training.epochs }
    }
    let groups = GroupSpeeds(speeds.ofGroups)
    self.groups = groups
    // A rank alone would have taken as many times as long as the group was faster.
    let perSample = speeds.ofGroups.mapValues { sizes in
      sizes.sorted { $0.key < $1.key }.flatMap { ranks, seconds in
        seconds.map { $0 * groups(ranks) }
      }
    }
    for task in plan.tasks where perSample[TaskKind(task.key)] == nil {
      let there = speeds.otherThreads.sorted().map { counted($0, "thread") }.joined(
        separator: " or ")
      throw refuse(
        "has finished no training like \(task.key) in one go with \(counted(threads, "thread")) a rank"
          + (speeds.otherThreads.isEmpty ? "" : " (it had \(there))"))
    }
    trainings = perSample.values.reduce(0) { $0 + $1.count }
    self.perSample = perSample
  }

  /// Seconds of one rank for a sample of such a task.
  func secondsPerSample(_ key: TaskKey) -> Double {
    let seconds = perSample[TaskKind(key)] ?? []
    return seconds.reduce(0, +) / Double(max(seconds.count, 1))
  }

  /// By how much the trainings of a kind differed, as a share: the largest of the standard deviations.
  var spread: Double {
    perSample.values.map { seconds in
      let mean = seconds.reduce(0, +) / Double(seconds.count)
      let squares = seconds.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / Double(max(seconds.count - 1, 1))).squareRoot() / mean
    }.max() ?? 0
  }
}
