import Evaluation
import Foundation
import RunStore

/// What a run has shown, computed from its directory alone.
public struct Report: Sendable {
  /// One protocol's scores: `full` first, then each dataset in alphabetical order.
  public struct ProtocolScores: Sendable {
    public let name: EvaluationProtocol
    public let parts: [(key: String, scores: Scores)]
  }

  /// One clip of a finished fold.
  struct Row: Sendable {
    let clip: LedgerRecord.ClipTruth
    /// One prediction a protocol.
    let predictions: [Int]
    let logits: [Float]
  }

  public let job: LedgerRecord.JobStarted
  /// Finished folds, in the order of the run's subjects.
  public let folds: [FoldResult]
  /// Subjects whose folds are not finished, and have not failed either.
  public let missing: [String]
  /// Folds that failed by their own numbers.
  public let failed: [LedgerRecord.FoldFailed]
  public let scores: [ProtocolScores]
  let rows: [Row]

  public var isComplete: Bool { missing.isEmpty && failed.isEmpty }
  public var status: String { isComplete ? "complete" : "partial" }

  /// Reads a run.
  ///
  /// - Parameter warn: Told of folds whose results cannot be used, and of a configuration that is another.
  /// - Throws: `RunError`.
  public init(_ run: RunDirectory, warn: (String) -> Void) throws {
    try run.requireRun()
    let ledger = try run.ledger()
    guard let job = ledger.lastJob else {
      throw RunError(run.ledgerPath, "has no record of a job: nothing was begun here yet")
    }
    do {
      if try run.holdsRun { try run.checkConfiguration(ledger) }
    } catch {
      // The report is of what the ledger and the results say.
      warn("\(error)")
    }
    self.job = job
    let results = try run.finishedFolds(warn: warn)
    folds = job.subjects.compactMap { results[$0] }
    let failures = ledger.failed
    failed = job.subjects.compactMap { results[$0] == nil ? failures[$0]?.fold : nil }
    missing = job.subjects.filter { results[$0] == nil && failures[$0] == nil }
    var rows: [Row] = []
    for fold in folds {
      rows += try Self.rows(fold, job, run)
    }
    self.rows = rows
    scores = job.protocols.enumerated().map { index, name in
      ProtocolScores(name: name, parts: Self.parts(rows, protocolIndex: index, job.classes))
    }
  }

  private static func rows(
    _ fold: FoldResult, _ job: LedgerRecord.JobStarted, _ run: RunDirectory
  ) throws -> [Row] {
    let clips = job.clips.filter { $0.subject == fold.subject }
    let epochs = fold.logitsOfEveryEpoch ?? [fold.logits]
    guard clips.map(\.clip) == fold.clips, !fold.logits.isEmpty, !epochs.isEmpty,
      (epochs + [fold.logits]).allSatisfy({ logits in
        logits.count == clips.count && logits.allSatisfy { $0.count == job.classes }
      })
    else {
      throw RunError(
        run.resultPath(fold.subject),
        "does not have \(job.classes) logits for each clip of its "
          + "subject")
    }
    let truth = clips.map(\.truth)
    let predictions = job.protocols.map {
      $0.predictions(
        logitsOfEveryEpoch: $0 == .bestOnTest ? epochs : [fold.logits], truth: truth
      ).predictions
    }
    return clips.indices.map { clip in
      Row(
        clip: clips[clip], predictions: predictions.map { $0[clip] }, logits: fold.logits[clip])
    }
  }

  private static func parts(_ rows: [Row], protocolIndex: Int, _ classes: Int)
    -> [(key: String, scores: Scores)]
  {
    let datasets = Dictionary(grouping: rows) { key(ofDataset: $0.clip.dataset) }
    let groups = [("full", rows)] + datasets.sorted { $0.key < $1.key }
    return groups.compactMap { key, rows in
      let matrix = ConfusionMatrix(
        classes: classes, rows.map { ($0.clip.truth, $0.predictions[protocolIndex]) })
      return Scores(matrix).map { (key, $0) }
    }
  }

  /// A dataset's key among the scores: its name in lower case, which must not be that of the whole.
  private static func key(ofDataset name: String) -> String {
    let key = name.lowercased()
    return key == "full" ? "full (dataset)" : key
  }

  /// What a class is called.
  func className(_ index: Int) -> String {
    job.classes == 3 ? ["negative", "positive", "surprise"][index] : "class \(index)"
  }
}

/// The figures of the paper, chosen by the epoch that is best on the test subject.
enum PaperFigures {
  static let scores: [String: (uf1: Double, uar: Double)] = [
    "full": (0.8603, 0.8475), "smic": (0.8049, 0.7905), "casme2": (0.9532, 0.9516),
    "samm": (0.8131, 0.8124),
  ]
}
