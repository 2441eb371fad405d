import Evaluation
import RunStore
import Tasks
import Wording

/// What a run directory holds that a report is of.
public struct RunContents: Sendable {
  /// One for a run, several for a pool.
  public let runs: [RunDirectory]
  let job: LedgerRecord.JobStarted
  /// Of finished trainings.
  let results: [TaskKey: TaskResult]
  /// The files of the results.
  let files: [TaskKey: String]
  /// Of trainings without a result.
  let failures: [TaskKey: LedgerRecord.FoldFailed]
  /// One a run.
  let histories: [RunHistory]

  /// What somebody has read of a run.
  public init(
    runs: [RunDirectory], job: LedgerRecord.JobStarted, results: [TaskKey: TaskResult],
    files: [TaskKey: String], failures: [TaskKey: LedgerRecord.FoldFailed],
    histories: [RunHistory]
  ) {
    self.runs = runs
    self.job = job
    self.results = results
    self.files = files
    self.failures = failures
    self.histories = histories
  }

  /// Whether the ledger says which seeds the trainings are of; older ones do not.
  public var saysSeeds: Bool { job.seeds != nil }

  /// Of each setting, the digest of its data.
  public var dataDigests: [String] { job.allSettings.map(\.dataSHA256) }

  /// Reads a run.
  ///
  /// - Parameter warn: Told of folds whose results cannot be used, of a configuration that is another, and of
  ///   events that this program does not know.
  /// - Throws: `RunError`, or `FileError` for a file that is there and cannot be read.
  public init(_ run: RunDirectory, warn: (String) -> Void) throws {
    try run.requireRun()
    let ledger = try run.ledger()
    let job = try run.lastJob(ledger)
    do {
      if try run.holdsRun { try run.checkConfiguration(ledger) }
    } catch let error as RunError {
      // The report is of what the ledger and the results say.
      warn("\(error)")
    }
    if let text = ledger.records.passedOver(run.ledgerPath) { warn(text) }
    Self.warnOfMergedPersons(job, run, warn: warn)
    let shared = sharedImagesWarning(job.sharedImages ?? []) { place in
      let clip = job.clips[place]
      return "\(clip.dataset)/\(clip.subject)/\(clip.clip)"
    }
    if let shared { warn(shared) }
    let results = try run.finishedFolds(ledger, warn: warn)
    self.init(
      runs: [run], job: job, results: results,
      files: Dictionary(uniqueKeysWithValues: results.keys.map { ($0, run.resultPath($0)) }),
      failures: ledger.failed.filter { results[$0.key] == nil }.mapValues(\.fold),
      histories: [RunHistory(ledger, configuration: try? run.configuration())])
  }

  /// Older programs took subjects of one name in several datasets for one person.
  private static func warnOfMergedPersons(
    _ job: LedgerRecord.JobStarted, _ run: RunDirectory, warn: (String) -> Void
  ) {
    guard job.format == 1 else { return }
    let old = Dictionary(grouping: job.clips.filter { $0.fold == $0.subject }, by: \.subject)
    let merged = old.filter { Set($0.value.map(\.dataset)).count > 1 }.keys.sorted()
    guard let first = merged.first else { return }
    warn(
      "\(run.ledgerPath): \(merged.count == 1 ? "a fold leaves" : "\(merged.count) folds leave") out "
        + "the people of one name in several datasets together, \"\(first)\" the first: train into "
        + "another run directory to leave out one person at a time")
  }
}
