import Evaluation
import RunStore
import Statistics

extension Report {
  /// A difference of two scores of the same clips; over several seeds the mean of theirs.
  public struct Difference: Sendable {
    public let uf1: Double
    public let uar: Double
    /// Paired, of 95%, by the same draws of subjects for both; nil: a dataset of it has one subject
    /// alone.
    public let intervals: ScoreIntervals?

    /// The first minus the second.
    init(_ first: MeanScores, _ second: MeanScores) {
      uf1 = first.uf1.mean - second.uf1.mean
      uar = first.uar.mean - second.uar.mean
      intervals = (first.draws - second.draws).intervals
    }
  }

  /// How much of `best-on-test` is owed to its looking at the test subjects' labels.
  public struct Optimism: Sendable {
    public struct Part: Sendable {
      /// `full`, or a dataset's.
      public let key: String
      /// `best-on-test` minus the last epoch: the two below together.
      public let whole: Difference
      /// `best-on-test` minus the best common epoch: what choosing for each fold gains.
      public let selection: Difference
      /// The best common epoch minus the last: what choosing once for all folds gains.
      public let commonEpoch: Difference
    }

    /// Of each seed the epoch (from 1) at which all folds together have the best UF1, of equals the
    /// later. A fold that ended before counts with its last. The draws of subjects keep it.
    public let commonEpochs: [Int]
    /// `full` first.
    public let parts: [Part]

    /// - Parameter seeds: Of the same folds.
    /// - Returns: nil if the job does not ask for `best-on-test`, or no fold is finished.
    init?(_ seeds: [SeedScores], _ job: LedgerRecord.JobStarted, _ draws: DrawCache) {
      guard let place = job.protocols.firstIndex(of: .bestOnTest),
        let first = seeds.first, !first.rows.isEmpty
      else { return nil }
      func scores(_ name: EvaluationProtocol, _ epochs: [Int]) -> [(
        key: String, scores: MeanScores
      )] {
        MeanScores.byPart(
          zip(seeds, epochs).map { seed, epoch in
            ProtocolScores(
              name: name,
              parts: Report.parts(
                seed.rows.map(\.clip), seed.results.flatMap { $0.curve.predictions(at: epoch) },
                classes: job.classes, draws))
          })
      }
      let common = seeds.map { EpochCurve.bestEpoch($0.results.map(\.curve), classes: job.classes) }
      let last = scores(.lastEpoch, seeds.map { _ in Int.max })
      let best = MeanScores.byPart(seeds.map { $0.scores[place] })
      let middle = scores(.bestOnTest, common)
      commonEpochs = common.map { $0 + 1 }
      parts = zip(best, zip(middle, last)).map { best, others in
        Part(
          key: best.key, whole: Difference(best.scores, others.1.scores),
          selection: Difference(best.scores, others.0.scores),
          commonEpoch: Difference(others.0.scores, others.1.scores))
      }
    }
  }
}
