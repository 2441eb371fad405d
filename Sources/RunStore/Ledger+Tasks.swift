import Tasks

/// What the ledger's last word on a fold is.
extension Ledger {
  /// A failed fold, and what its job ran on.
  public struct Failure: Sendable, Equatable {
    public let fold: LedgerRecord.FoldFailed
    public let machine: LedgerRecord.Machine
  }

  /// The folds that failed and that no job has begun again since, by task.
  public var failed: [TaskKey: Failure] {
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

  /// The last beginning of a fold that has not finished since, and whether the job that began it has not
  /// said that it ended.
  public func begun(_ task: TaskKey) -> (record: LedgerRecord.FoldStarted, isOpen: Bool)? {
    var begun: (record: LedgerRecord.FoldStarted, isOpen: Bool)?
    for record in records {
      switch record {
      case .foldStarted(let record) where record.task == task: begun = (record, true)
      case .foldFinished(let record) where record.task == task: begun = nil
      case .jobStarted, .jobStopped, .runFinished: begun?.isOpen = false
      default: break
      }
    }
    return begun
  }
}
