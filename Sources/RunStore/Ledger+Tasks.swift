import Tasks

/// What the ledger's last word on a fold is.
extension Ledger {
  /// A failed fold, and what its job ran on.
  public struct Failure: Sendable, Equatable {
    public let fold: LedgerRecord.FoldFailed
    public let machine: LedgerRecord.Machine
  }

  /// A fold that was begun, and whether the job that began it has not said that it ended.
  public struct Beginning: Sendable, Equatable {
    public let record: LedgerRecord.FoldStarted
    public fileprivate(set) var isOpen: Bool
  }

  static func finished(_ records: [LedgerRecord]) -> [TaskKey: LedgerRecord.FoldFinished] {
    var finished: [TaskKey: LedgerRecord.FoldFinished] = [:]
    for case .foldFinished(let record) in records { finished[record.task] = record }
    return finished
  }

  static func failed(_ records: [LedgerRecord]) -> [TaskKey: Failure] {
    var failed: [TaskKey: Failure] = [:]
    var job: LedgerRecord.JobStarted?
    for record in records {
      switch record {
      case .jobStarted(let record): job = record
      case .foldStarted(let record): failed[record.task] = nil
      case .foldFailed(let record):
        failed[record.task] = job.map { Failure(fold: record, machine: $0.machine) }
      default: break
      }
    }
    return failed
  }

  static func begun(_ records: [LedgerRecord]) -> [TaskKey: Beginning] {
    var begun: [TaskKey: Beginning] = [:]
    for record in records {
      switch record {
      case .foldStarted(let record):
        begun[record.task] = Beginning(record: record, isOpen: true)
      case .foldFinished(let record): begun[record.task] = nil
      case .jobStarted, .jobStopped, .runFinished:
        for (task, beginning) in begun where beginning.isOpen { begun[task]?.isOpen = false }
      default: break
      }
    }
    return begun
  }
}
