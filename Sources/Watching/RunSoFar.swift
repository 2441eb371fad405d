import Foundation
import RunStore
import Tasks
import Wording

/// What a run's ledger says, record by record.
struct RunSoFar {
  private(set) var job: LedgerRecord.JobStarted?
  private(set) var jobs = 0
  private(set) var resumes = 0
  private var lastRecord: LedgerRecord?
  /// How the last job ended; nil: it has not said.
  private(set) var end: WatchState.Phase?
  private(set) var finished: [TaskKey: LedgerRecord.FoldFinished] = [:]
  private(set) var failed: [TaskKey: LedgerRecord.FoldFailed] = [:]
  /// Ranks that the last job has lost.
  private(set) var lost: [LedgerRecord.RankLost] = []
  /// Records of events that this program does not know.
  private(set) var others: [LedgerRecord] = []
  /// Ranks of the trainings that run.
  private(set) var running: [TaskKey: [Int]] = [:]
  private var left: Set<TaskKey> = []
  private var begun: Set<TaskKey> = []
  private var layout: [(name: String, tasks: [TaskKey])] = []

  mutating func add(_ records: [LedgerRecord]) {
    for record in records { add(record) }
  }

  private mutating func add(_ record: LedgerRecord) {
    lastRecord = record
    switch record {
    case .jobStarted(let record):
      leaveRunning()
      if job?.tasks != record.tasks { layout = Self.layout(record) }
      job = record
      jobs += 1
      lost = []
      end = nil
    case .foldStarted(let record):
      if !begun.insert(record.task).inserted { resumes += 1 }
      running[record.task] = record.ranks
      left.remove(record.task)
      failed[record.task] = nil
      finished[record.task] = nil
    case .foldFinished(let record):
      running[record.task] = nil
      finished[record.task] = record
    case .foldFailed(let record):
      running[record.task] = nil
      failed[record.task] = record
    case .rankLost(let record):
      lost.append(record)
      // Until a group begins it again.
      if let task = record.task, running.removeValue(forKey: task) != nil { left.insert(task) }
    case .jobStopped(let record):
      leaveRunning()
      end = .stopped(time: record.time, reason: record.reason)
    case .runFinished(let record):
      leaveRunning()
      end = .finished(time: record.time)
    case .other: others.append(record)
    }
  }

  private mutating func leaveRunning() {
    left.formUnion(running.keys)
    running = [:]
  }

  /// When the ledger last said something; nil: it has not, or nobody can read when.
  var lastTime: Date? { lastRecord.flatMap { try? Date($0.time, strategy: .iso8601) } }

  private func status(_ task: TaskKey, isOver: Bool) -> WatchState.TaskStatus {
    if let ranks = running[task] { return isOver ? .left : .running(ranks: ranks) }
    if finished[task] != nil { return .finished }
    if let failure = failed[task] { return .failed(cause: failure.cause) }
    return left.contains(task) ? .left : .waiting
  }

  /// - Parameter isOver: Whether no job trains any more, whatever the ledger says.
  func rows(isOver: Bool) -> [WatchState.Row] {
    layout.map { row in
      .init(name: row.name, statuses: row.tasks.map { status($0, isOver: isOver) })
    }
  }

  var failures: [String] {
    (job?.tasks ?? []).compactMap { task in failed[task].map { "\(task) failed in \($0.cause)" } }
  }

  /// A setting's and a seed's trainings each have a row, in the run's order.
  private static func layout(_ job: LedgerRecord.JobStarted) -> [(name: String, tasks: [TaskKey])] {
    let tasks = Dictionary(grouping: job.tasks) {
      TaskKey(setting: $0.setting, seed: $0.seed, split: "")
    }
    let settings = job.allSettings.filter { $0.sameAs == nil }
    return settings.flatMap { setting in
      job.allSeeds.compactMap { seed -> (String, [TaskKey])? in
        guard let own = tasks[TaskKey(setting: setting.key, seed: seed, split: "")] else {
          return nil
        }
        let number = (seed ?? job.seed).flatMap { job.allSeeds.count > 1 ? "seed \($0)" : nil }
        let name = settings.count > 1 ? setting.name.visible : nil
        return ([name, number].compactMap { $0 }.joined(separator: " "), own)
      }
    }
  }
}
