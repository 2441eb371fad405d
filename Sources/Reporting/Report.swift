import Evaluation
import Foundation
import RunStore
import Tasks

/// What a run has shown, computed from its directory alone.
public struct Report: Sendable {
  /// One protocol's scores: `full` first, then each dataset in alphabetical order.
  public struct ProtocolScores: Sendable {
    public let name: EvaluationProtocol
    public let parts: [(key: String, scores: Scores)]
  }

  /// What a protocol's epoch says of a clip.
  struct Answer: Sendable {
    /// From 1.
    let epoch: Int
    let logits: [Float]
    var prediction: Int { EvaluationProtocol.prediction(logits) }
  }

  /// One clip of a finished fold.
  struct Row: Sendable {
    let clip: LedgerRecord.ClipTruth
    /// One a protocol.
    let answers: [Answer]
  }

  public let job: LedgerRecord.JobStarted
  /// Finished folds, in the order of the run's.
  public let folds: [TaskResult]
  /// Names of folds that are not finished, and have not failed either.
  public let missing: [TaskKey]
  /// Folds that failed by their own numbers.
  public let failed: [LedgerRecord.FoldFailed]
  public let scores: [ProtocolScores]
  let rows: [Row]

  public var isComplete: Bool { missing.isEmpty && failed.isEmpty }
  public var status: String { isComplete ? "complete" : "partial" }

  /// Whether the paper's figures are of what this run is of: the composite, every fold of it, and
  /// the published selection.
  var standsBesideThePaper: Bool {
    // In format 1 people of one name were one fold.
    job.format > 1 && job.protocols.contains(PublishedComposite.selection) && isComplete
      && PublishedComposite.isAll(
        of: job.clips.map { .init(dataset: $0.dataset, subject: $0.subject, label: $0.truth) },
        classes: job.classes)
      && Set(job.splits) == Set(job.clips.map(\.fold))
  }

  /// Reads a run.
  ///
  /// - Parameter warn: Told of folds whose results cannot be used, and of a configuration that is another.
  /// - Throws: `RunError`, or `FileError` for a file that is there and cannot be read.
  public init(_ run: RunDirectory, warn: (String) -> Void) throws {
    try run.requireRun()
    let ledger = try run.ledger()
    guard let job = ledger.lastJob else {
      throw RunError(run.ledgerPath, "has no record of a job: nothing was begun here yet")
    }
    do {
      if try run.holdsRun { try run.checkConfiguration(ledger) }
    } catch let error as RunError {
      // The report is of what the ledger and the results say.
      warn("\(error)")
    }
    self.job = job
    Self.warnOfMergedPersons(job, run, warn: warn)
    let results = try run.finishedFolds(warn: warn)
    folds = job.tasks.compactMap { results[$0] }
    let failures = ledger.failed
    failed = job.tasks.compactMap { results[$0] == nil ? failures[$0]?.fold : nil }
    missing = job.tasks.filter { results[$0] == nil && failures[$0] == nil }
    var rows: [Row] = []
    for fold in folds {
      rows += try Self.rows(fold, job, run)
    }
    self.rows = rows
    scores = job.protocols.enumerated().map { index, name in
      ProtocolScores(name: name, parts: Self.parts(rows, protocolIndex: index, job.classes))
    }
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

  private static func rows(
    _ fold: TaskResult, _ job: LedgerRecord.JobStarted, _ run: RunDirectory
  ) throws -> [Row] {
    let clips = job.clips.filter { $0.fold == fold.task.split }
    if fold.logitsOfEveryEpoch == nil, let name = job.protocols.first(where: \.needsEveryEpoch) {
      throw RunError(
        run.resultPath(fold.task),
        "has the logits of its last epoch alone, and \(name.rawValue) needs those of every epoch")
    }
    let epochs = fold.logitsOfEveryEpoch ?? [fold.logits]
    let firstEpoch = fold.losses.count - epochs.count + 1
    guard clips.map(\.clip) == fold.clips, !fold.logits.isEmpty, epochs.last == fold.logits,
      firstEpoch == 1 || fold.logitsOfEveryEpoch == nil,
      epochs.allSatisfy({ logits in
        logits.count == clips.count && logits.allSatisfy { $0.count == job.classes }
      })
    else {
      throw RunError(
        run.resultPath(fold.task),
        "does not have \(job.classes) logits for each clip of its "
          + "subject")
    }
    let truth = clips.map(\.truth)
    let chosen = job.protocols.map {
      $0.predictions(logitsOfEveryEpoch: epochs, truth: truth).epoch
    }
    return clips.indices.map { clip in
      Row(
        clip: clips[clip],
        answers: chosen.map { Answer(epoch: firstEpoch + $0, logits: epochs[$0][clip]) })
    }
  }

  private static func parts(_ rows: [Row], protocolIndex: Int, _ classes: Int)
    -> [(key: String, scores: Scores)]
  {
    let keys = keys(ofDatasets: Set(rows.map(\.clip.dataset)))
    let datasets = Dictionary(grouping: rows) { keys[$0.clip.dataset] ?? $0.clip.dataset }
    let groups = [("full", rows)] + datasets.sorted { $0.key < $1.key }
    return groups.compactMap { key, rows in
      let matrix = ConfusionMatrix(
        classes: classes, rows.map { ($0.clip.truth, $0.answers[protocolIndex].prediction) })
      return Scores(matrix).map { (key, $0) }
    }
  }

  /// The datasets' keys among the scores: their names in lower case, each another's and none that of
  /// the whole.
  private static func keys(ofDatasets names: Set<String>) -> [String: String] {
    var keys: [String: String] = [:]
    for name in names.sorted() {
      var key = name.lowercased()
      while key == "full" || keys.values.contains(key) { key += " (dataset)" }
      keys[name] = key
    }
    return keys
  }

  /// What each class is called.
  var classNames: [String] { job.namesOfClasses }
}
