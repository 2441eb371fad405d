import Evaluation
import RunStore
import Statistics
import Tasks

/// What a run has shown, computed from its directory alone, or what several runs have shown together.
///
/// Every form of the report writes the values that are here, and those of `Guesses`.
public struct Report: Sendable {
  /// What a protocol's epoch says of a clip.
  struct Answer: Sendable {
    /// From 1; nil: an ensemble's models may be of several epochs.
    let epoch: Int?
    let logits: [Float]
    var prediction: Int { EvaluationProtocol.prediction(logits) }
    /// By class.
    var probabilities: [Double] { EvaluationProtocol.softmax(logits) }
  }

  /// One clip of a finished fold.
  struct Row: Sendable {
    let clip: LedgerRecord.ClipTruth
    /// One a protocol.
    let answers: [Answer]
  }

  /// The runs' directories; more than one: their folds are pooled.
  public let runs: [RunDirectory]
  public let job: LedgerRecord.JobStarted
  /// In the study's order; one without a study.
  public let settings: [SettingScores]
  /// Of a study with `nested`; nil: of any other run.
  public let chosenSettings: ChosenSettings?
  /// Trainings that are not finished, and have not failed either.
  public let missing: [TaskKey]
  /// Trainings that failed by their own numbers.
  public let failed: [LedgerRecord.FoldFailed]
  /// How each run came about.
  public let histories: [RunHistory]
  /// Pictures of the clips, which a run directory has not got, and why there are none.
  public var pictures = ClipPictures.none("Whoever wrote this report gave it no pictures.")
  /// What was odd as the run was read.
  public var warnings: [String] = []

  public var isComplete: Bool { missing.isEmpty && failed.isEmpty }
  public var status: String { isComplete ? "complete" : "partial" }

  /// The scores of a run of one setting and one seed; nil: it has more.
  public var only: SeedScores? {
    settings.count == 1 && settings[0].seeds.count == 1 ? settings[0].seeds[0] : nil
  }

  /// Whether the paper's figures are of what this run is of: the composite, every subject of it left
  /// out in turn, and the published selection.
  var standsBesideThePaper: Bool {
    job.protocols.contains(PublishedComposite.selection) && isOfTheComposite
  }

  /// Whether every subject of the composite was left out in turn.
  var isOfTheComposite: Bool {
    // In format 1 people of one name were one fold.
    job.format > 1 && isComplete && (job.splitsBy ?? "subject") == "subject"
      && PublishedComposite.isAll(
        of: job.clips.map {
          .init(dataset: $0.dataset, subject: $0.subject, name: $0.clip, label: $0.truth)
        },
        classes: job.classes)
      && Set(job.splits) == Set(job.clips.map(\.fold))
  }

  /// Reads a run.
  ///
  /// - Parameter warn: Told of folds whose results cannot be used, and of a configuration that is another.
  /// - Throws: `RunError`, or `FileError` for a file that is there and cannot be read.
  public init(_ run: RunDirectory, warn: (String) -> Void) throws {
    try self.init(RunContents(run, warn: warn))
  }

  /// - Throws: `RunError` if a result does not fit what the ledger says of its clips.
  public init(_ contents: RunContents) throws {
    let job = contents.job
    runs = contents.runs
    histories = contents.histories
    self.job = job
    failed = job.tasks.compactMap { contents.failures[$0] }
    missing = job.tasks.filter { contents.results[$0] == nil && contents.failures[$0] == nil }
    let clips = Dictionary(grouping: job.clips, by: \.fold)
    let inner = Dictionary(grouping: job.tasks.filter { $0.inner != nil }, by: \.outer)
    let outer = Dictionary(grouping: job.tasks.filter { $0.inner == nil }) {
      TaskKey(setting: $0.setting, seed: $0.seed, split: "")
    }
    let draws = DrawCache()
    var trained: [Int: SettingScores] = [:]
    for (place, setting) in job.allSettings.enumerated() where setting.sameAs == nil {
      let seeds = try job.allSeeds.map { seed in
        // A fold counts when all its trainings are finished.
        let folds = try (outer[TaskKey(setting: setting.key, seed: seed, split: "")] ?? [])
          .compactMap { task -> FoldResults? in
            let own = inner[task]?.map { contents.results[$0] } ?? []
            guard let outer = contents.results[task], own.allSatisfy({ $0 != nil }) else {
              return nil
            }
            return try FoldResults(
              outer, inner: own.compactMap { $0 }, clips: clips[task.split] ?? [], job,
              files: contents.files)
          }
        return SeedScores(seed: seed ?? job.seed, folds, job, draws)
      }
      trained[place] = SettingScores(setting, seeds, job, draws)
    }
    chosenSettings = ChosenSettings(trained.keys.sorted().compactMap { trained[$0] }, job, draws)
    settings = job.allSettings.enumerated().compactMap { place, setting in
      setting.sameAs.map { trained[$0]?.called(setting) } ?? trained[place]
    }
  }

  /// What each class is called.
  var classNames: [String] { job.namesOfClasses }
}
