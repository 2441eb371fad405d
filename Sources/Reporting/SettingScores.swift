import Evaluation
import RunStore
import Statistics

extension Report {
  /// What a setting has shown.
  public struct SettingScores: Sendable {
    public let setting: LedgerRecord.Setting
    /// In the order of the run's.
    public let seeds: [SeedScores]
    /// One protocol's scores over the seeds, by part; `full` first. Of the folds that every seed has
    /// finished: means of other clips for each seed could not be compared.
    public let means: [EvaluationProtocol: [(key: String, scores: MeanScores)]]
    /// Of the same folds; nil: there is one seed, or no such fold.
    public let ensemble: Ensemble?
    /// Of the same folds; nil: `best-on-test` is not among the protocols, or there is no such fold.
    public let optimism: Optimism?
    /// The same, of the folds alone that every seed has finished.
    let shared: [SeedScores]
    /// Seeds that have finished all folds of the run where others have not.
    let alone: [SeedScores]

    init(
      _ setting: LedgerRecord.Setting, _ seeds: [SeedScores], _ job: LedgerRecord.JobStarted,
      _ draws: DrawCache
    ) {
      self.setting = setting
      self.seeds = seeds
      let folds = job.splits.count
      let complete = seeds.filter { $0.results.count == folds }
      alone = complete.count < seeds.count ? complete : []
      let finished = seeds.map { Set($0.folds.map(\.task.split)) }
      let common = finished.dropFirst().reduce(finished.first ?? []) { $0.intersection($1) }
      shared = seeds.map { seed in
        guard common.count < seed.folds.count else { return seed }
        return SeedScores(
          seed: seed.seed, seed.results.filter { common.contains($0.outer.task.split) }, job, draws)
      }
      means = Dictionary(
        uniqueKeysWithValues: job.protocols.enumerated().map { [shared] place, name in
          (name, MeanScores.byPart(shared.map { $0.scores[place] }))
        })
      ensemble = seeds.count > 1 && !common.isEmpty ? Ensemble(shared, job, draws) : nil
      optimism = Optimism(shared, job, draws)
    }

    private init(_ setting: LedgerRecord.Setting, as other: SettingScores) {
      self.setting = setting
      (seeds, means, ensemble) = (other.seeds, other.means, other.ensemble)
      (optimism, shared, alone) = (other.optimism, other.shared, other.alone)
    }

    /// The same of a setting whose trainings these are too.
    func called(_ setting: LedgerRecord.Setting) -> Self { Self(setting, as: self) }

    func means(of name: EvaluationProtocol) -> [(key: String, scores: MeanScores)] {
      means[name] ?? []
    }

    /// The same of each part, `full` first.
    func confusions(protocolAt place: Int) -> [(key: String, scores: Scores)] {
      (shared.first?.scores[place].parts ?? []).compactMap { part in
        let matrices = shared.compactMap { $0.scores[place][part.key]?.scores.confusion }
        guard let first = matrices.first else { return nil }
        return Scores(matrices.dropFirst().reduce(first, +)).map { (part.key, $0) }
      }
    }

    /// What a protocol has taken for what, summed over the seeds, of the same folds.
    ///
    /// - Parameter place: The protocol's among the run's.
    func confusion(protocolAt place: Int, classes: Int) -> Scores? {
      Scores(
        ConfusionMatrix(
          classes: classes,
          shared.flatMap(\.rows).map { ($0.clip.truth, $0.answers[place].prediction) }))
    }
  }
}
