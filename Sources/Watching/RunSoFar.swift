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
  /// Trainings of the last job that were begun, and of whose end nothing is said.
  private var open: [TaskKey: LedgerRecord.FoldStarted] = [:]
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
      leaveOpen()
      if job?.tasks != record.tasks { layout = Self.layout(record) }
      job = record
      jobs += 1
      lost = []
      end = nil
    case .foldStarted(let record):
      if !begun.insert(record.task).inserted { resumes += 1 }
      open[record.task] = record
      left.remove(record.task)
      failed[record.task] = nil
      finished[record.task] = nil
    case .foldFinished(let record):
      open[record.task] = nil
      finished[record.task] = record
    case .foldFailed(let record):
      open[record.task] = nil
      failed[record.task] = record
    case .rankLost(let record):
      lost.append(record)
      // Until a group begins it again.
      if let task = record.task, open.removeValue(forKey: task) != nil { left.insert(task) }
    case .jobStopped(let record):
      leaveOpen()
      end = .stopped(time: record.time, reason: record.reason)
    case .runFinished(let record):
      leaveOpen()
      end = .finished(time: record.time)
    case .other: others.append(record)
    }
  }

  private mutating func leaveOpen() {
    left.formUnion(open.keys)
    open = [:]
  }

  /// When the ledger last said something; nil: it has not, or nobody can read when.
  var lastTime: Date? { lastRecord.flatMap { Self.date($0.time) } }

  private static func date(_ time: String) -> Date? { try? Date(time, strategy: .iso8601) }

  /// Whether a job has said something before the last one began, by the clock of both.
  func isEarlier(_ progress: JobProgress) -> Bool {
    job.flatMap { Self.date($0.time) }.map { progress.time < $0.timeIntervalSince1970 } ?? false
  }

  /// The trainings that groups have, and their ranks, as long as a job trains.
  ///
  /// The ledger does not say when a group leaves a training that is not done; the job does.
  ///
  /// - Parameter progress: What the last job says of itself; nil: nothing. It knows only of what was begun before.
  func running(_ progress: JobProgress?) -> [TaskKey: [Int]] {
    guard let progress else { return open.mapValues(\.ranks) }
    let had = Set(progress.groups.compactMap(\.task))
    return open.filter { task, record in
      // The ledger's times are whole seconds.
      had.contains(task)
        || Self.date(record.time).map { progress.time < $0.timeIntervalSince1970 + 1 } ?? true
    }.mapValues(\.ranks)
  }

  private func status(_ task: TaskKey, _ running: [TaskKey: [Int]]) -> WatchState.TaskStatus {
    if let ranks = running[task] { return .running(ranks: ranks) }
    if finished[task] != nil { return .finished }
    if let failure = failed[task] { return .failed(cause: failure.cause) }
    return left.contains(task) || open[task] != nil ? .left : .waiting
  }

  /// - Parameter running: As `running`; of a job that is over, whatever the ledger says, none.
  func rows(running: [TaskKey: [Int]]) -> [WatchState.Row] {
    layout.map { row in
      .init(name: row.name, statuses: row.tasks.map { status($0, running) })
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
