import Evaluation
import Statistics

/// Scores over the seeds of a setting, all of the same clips.
public struct MeanScores: Sendable {
  public let uf1: Spread
  public let uar: Spread
  /// Of 95%, of the mean over just these seeds, by draws of subjects; nil: a dataset of it has one
  /// subject alone.
  public let intervals: ScoreIntervals?
  /// Seeds that count.
  public let seeds: Int
  /// Clips of each seed.
  public let clips: Int
  let draws: ScoreDraws

  /// - Parameter seeds: One part of each seed.
  /// - Returns: nil for none.
  init?(_ seeds: [Report.PartScores]) {
    guard let first = seeds.first, let draws = ScoreDraws.mean(seeds.map(\.draws)) else {
      return nil
    }
    self.seeds = seeds.count
    self.draws = draws
    clips = first.scores.clips
    uf1 = Spread(seeds.map(\.scores.uf1))
    uar = Spread(seeds.map(\.scores.uar))
    intervals = seeds.count == 1 ? first.intervals : draws.intervals
  }

  /// Each part of one protocol; `full` first.
  static func byPart(_ seeds: [Report.ProtocolScores]) -> [(key: String, scores: MeanScores)] {
    (seeds.first?.parts ?? []).compactMap { part in
      MeanScores(seeds.compactMap { $0[part.key] }).map { (part.key, $0) }
    }
  }
}
