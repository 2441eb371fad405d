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

  /// What the trainings of a setting with one seed have shown.
  public struct SeedScores: Sendable {
    /// nil: an older ledger does not say.
    public let seed: UInt64?
    public let scores: [ProtocolScores]
    let results: [FoldResults]

    init(seed: UInt64?, _ results: [FoldResults], _ job: LedgerRecord.JobStarted) {
      self.seed = seed
      self.results = results
      let rows = results.flatMap(\.rows)
      scores = job.protocols.enumerated().map { index, name in
        ProtocolScores(
          name: name, parts: Report.parts(rows, protocolIndex: index, job.classes))
      }
    }

    /// Finished folds, in the order of the run's.
    public var folds: [TaskResult] { results.map(\.outer) }
    var rows: [Row] { results.flatMap(\.rows) }
  }

  /// What a setting has shown.
  public struct SettingScores: Sendable {
    public let setting: LedgerRecord.Setting
    /// In the order of the run's.
    public let seeds: [SeedScores]
    /// The same, of the folds alone that every seed has finished.
    let shared: [SeedScores]

    init(
      _ setting: LedgerRecord.Setting, _ seeds: [SeedScores], _ job: LedgerRecord.JobStarted
    ) {
      self.setting = setting
      self.seeds = seeds
      let finished = seeds.map { Set($0.folds.map(\.task.split)) }
      let common = finished.dropFirst().reduce(finished.first ?? []) { $0.intersection($1) }
      shared = seeds.map { seed in
        guard common.count < seed.folds.count else { return seed }
        return SeedScores(
          seed: seed.seed, seed.results.filter { common.contains($0.outer.task.split) }, job)
      }
    }
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
  /// In the study's order; one without a study.
  public let settings: [SettingScores]
  /// Trainings that are not finished, and have not failed either.
  public let missing: [TaskKey]
  /// Trainings that failed by their own numbers.
  public let failed: [LedgerRecord.FoldFailed]

  public var isComplete: Bool { missing.isEmpty && failed.isEmpty }
  public var status: String { isComplete ? "complete" : "partial" }

  /// The scores of a run of one setting and one seed; nil: it has more.
  public var only: SeedScores? {
    settings.count == 1 && settings[0].seeds.count == 1 ? settings[0].seeds[0] : nil
  }

  /// Whether the paper's figures are of what this run is of: the composite, every subject of it left
  /// out in turn, and the published selection.
  var standsBesideThePaper: Bool {
    // In format 1 people of one name were one fold.
    job.format > 1 && job.protocols.contains(PublishedComposite.selection) && isComplete
      && (job.splitsBy ?? "subject") == "subject"
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
    let failures = ledger.failed
    failed = job.tasks.compactMap { results[$0] == nil ? failures[$0]?.fold : nil }
    missing = job.tasks.filter { results[$0] == nil && failures[$0] == nil }
    let inner = Dictionary(grouping: job.tasks.filter { $0.inner != nil }, by: \.outer)
    settings = try job.allSettings.map { setting in
      let trained = setting.sameAs.map { job.allSettings[$0] } ?? setting
      let seeds = try job.allSeeds.map { seed in
        // A fold counts when all its trainings are finished.
        let folds = try job.tasks.filter {
          $0.inner == nil && $0.setting == trained.key && $0.seed == seed
        }.compactMap { task -> FoldResults? in
          let own = inner[task]?.map { results[$0] } ?? []
          guard let outer = results[task], own.allSatisfy({ $0 != nil }) else { return nil }
          return try FoldResults(outer, inner: own.compactMap { $0 }, job, run)
        }
        return SeedScores(seed: seed ?? job.seed, folds, job)
      }
      return SettingScores(setting, seeds, job)
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
