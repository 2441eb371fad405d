import Evaluation
import RunStore
import Statistics
import Tasks

extension Report {
  /// What the trainings of a setting with one seed have shown.
  public struct SeedScores: Sendable {
    /// nil: an older ledger does not say.
    public let seed: UInt64?
    public let scores: [ProtocolScores]
    let results: [FoldResults]
    let rows: [Row]

    init(
      seed: UInt64?, _ results: [FoldResults], _ job: LedgerRecord.JobStarted, _ draws: DrawCache
    ) {
      self.seed = seed
      self.results = results
      rows = results.flatMap(\.rows)
      scores = Report.scores(rows, job, draws)
    }

    /// Finished folds, in the order of the run's.
    public var folds: [TaskResult] { results.map(\.outer) }
  }

  /// What the mean of all seeds' probabilities says, clip by clip.
  public struct Ensemble: Sendable {
    public let scores: [ProtocolScores]
    let rows: [Row]

    /// - Parameter seeds: Of the same clips; at least one.
    init(_ seeds: [SeedScores], _ job: LedgerRecord.JobStarted, _ draws: DrawCache) {
      let answers = job.protocols.indices.map { place in
        EvaluationProtocol.mean(seeds.map { $0.rows.map { $0.answers[place].logits } })
      }
      rows = seeds[0].rows.enumerated().map { index, row in
        Row(clip: row.clip, answers: answers.map { Answer(epoch: nil, logits: $0[index]) })
      }
      scores = Report.scores(rows, job, draws)
    }
  }

  static func scores(
    _ rows: [Row], _ job: LedgerRecord.JobStarted, _ draws: DrawCache
  ) -> [ProtocolScores] {
    let clips = rows.map(\.clip)
    return job.protocols.enumerated().map { place, name in
      ProtocolScores(
        name: name,
        parts: parts(
          clips, rows.map { $0.answers[place].prediction }, classes: job.classes, draws))
    }
  }
}
