import Foundation
import RunStore
import Tasks

/// What a supervisor sees of a run: its files, and nothing of the processes' own words.
struct SupervisedRun {
  let directory: RunDirectory

  /// Records of the ledger; a ledger that cannot be read has none, and the job will say so.
  private var records: [LedgerRecord] { (try? directory.ledger().records) ?? [] }

  /// Number of records.
  var recordCount: Int { records.count }

  /// Changes as long as all groups of a job live: the lock file's heartbeat. The ledger does not
  /// count: it grows while one group of many hangs.
  var pulse: [Int] {
    // Opened anew each time, so that NFS shows the file as it is now.
    let file = open(directory.lockPath, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0 else { return [] }
    return [Int(facts.st_size), facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec]
  }

  /// Folds whose end the ledger knows.
  var finishedFolds: Int {
    records.count { if case .foldFinished = $0 { true } else { false } }
  }

  /// How many ranks were lost after the first `count` records, and where, for the end of a sentence; empty: none.
  func losses(since count: Int) -> String {
    let lost = records.dropFirst(count).compactMap { record -> LedgerRecord.RankLost? in
      if case .rankLost(let rank) = record { rank } else { nil }
    }
    return lost.summary.map { "; " + $0 } ?? ""
  }

  /// Folds whose last word in the ledger is that they failed.
  var failedFolds: Set<TaskKey> { Set((try? directory.ledger().failed.keys) ?? [:].keys) }

  /// Whether all these folds have been begun after the first `count` records.
  func hasBegun(_ tasks: Set<TaskKey>, since count: Int) -> Bool {
    tasks.isSubset(
      of: records.dropFirst(count).compactMap {
        if case .foldStarted(let record) = $0 { record.task } else { nil }
      })
  }

  /// Whether all folds of the run are on disk, whole, and a job that began after the first `count`
  /// records has seen it: an older one may have been of another configuration.
  func isComplete(since count: Int) -> Bool {
    let began = records.dropFirst(count).contains {
      if case .jobStarted = $0 { true } else { false }
    }
    guard began, let job = try? directory.ledger().lastJob,
      let finished = try? directory.finishedFolds(warn: { _ in })
    else { return false }
    return job.tasks.allSatisfy { finished[$0] != nil }
  }
}
