import Foundation
import RunStore
import Tasks

/// How a run came about, by its ledger.
public struct RunHistory: Sendable, Equatable {
  /// How a job ended.
  public enum End: Sendable, Equatable {
    /// Everything was finished.
    case finished
    /// Before that, for a reason that it gave.
    case stopped(String)
    /// It has not said that it ended: it was killed or died, or if it is the last one it may go on.
    case unsaid
  }

  public struct Job: Sendable, Equatable {
    public let program: String
    public let machine: LedgerRecord.Machine
    public fileprivate(set) var end: End
    /// From its beginning to the ledger's last word of it; nil: the ledger's times cannot be read.
    public fileprivate(set) var seconds: Double?

    /// Threads that it computed by.
    public var threads: Int { machine.ranks * machine.threadsPerRank }
  }

  public let jobs: [Job]
  /// Of each finished training, from its last beginning; from short to long.
  public let trainingSeconds: [Double]
  /// The same seconds times the training's threads, over all.
  public let trainingCoreSeconds: Double
  /// How often a training was begun that had been begun before.
  public let resumptions: Int
  /// How often a training failed by its own numbers.
  public let failures: Int
  /// Ranks that jobs have lost; ledgers of older programs do not say.
  public let lostRanks: Int
  /// The resolved configuration; nil: its file cannot be read.
  public let configuration: String?

  /// Times all jobs held their threads, in core-seconds; of one that has not said that it ended until the
  /// ledger's last word of it. nil: the ledger's times cannot be read.
  public var heldCoreSeconds: Double? {
    let held = jobs.map { job in job.seconds.map { $0 * Double(job.threads) } }
    return held.contains(nil) ? nil : held.reduce(0) { $0 + ($1 ?? 0) }
  }

  /// Jobs that neither finished the run nor said why they stopped, but for the last one.
  public var deaths: Int { jobs.dropLast().count { $0.end == .unsaid } }

  init(_ ledger: Ledger, configuration: String?) {
    var jobs: [Job] = []
    var start: Date?
    var begun: [TaskKey: LedgerRecord.FoldStarted] = [:]
    var seconds: [TaskKey: (last: Double, cores: Double)] = [:]
    var (resumptions, failures, lostRanks) = (0, 0, 0)
    func reached(_ time: String) {
      guard let start, let now = Self.date(time), !jobs.isEmpty else { return }
      jobs[jobs.count - 1].seconds = max(now.timeIntervalSince(start), 0)
    }
    for record in ledger.records {
      switch record {
      case .jobStarted(let record):
        start = Self.date(record.time)
        jobs.append(
          Job(
            program: record.program, machine: record.machine, end: .unsaid,
            seconds: start == nil ? nil : 0))
      case .foldStarted(let record):
        if begun.updateValue(record, forKey: record.task) != nil { resumptions += 1 }
        reached(record.time)
      case .foldFinished(let record):
        let threads =
          (begun[record.task]?.ranks.count ?? 1) * (jobs.last?.machine.threadsPerRank ?? 1)
        seconds[record.task] = (record.seconds, record.seconds * Double(threads))
        reached(record.time)
      case .foldFailed(let record):
        failures += 1
        reached(record.time)
      case .rankLost(let record):
        lostRanks += 1
        reached(record.time)
      case .jobStopped(let record):
        if !jobs.isEmpty { jobs[jobs.count - 1].end = .stopped(record.reason) }
        reached(record.time)
      case .runFinished(let record):
        if !jobs.isEmpty { jobs[jobs.count - 1].end = .finished }
        reached(record.time)
      case .other(let record): reached(record.time)
      }
    }
    self.jobs = jobs
    trainingSeconds = seconds.values.map(\.last).sorted()
    // In one order, so that the sum has the same last bits each time.
    trainingCoreSeconds = seconds.values.map(\.cores).sorted().reduce(0, +)
    self.resumptions = resumptions
    self.failures = failures
    self.lostRanks = lostRanks
    self.configuration = configuration
  }

  private static func date(_ time: String) -> Date? { try? Date(time, strategy: .iso8601) }
}
