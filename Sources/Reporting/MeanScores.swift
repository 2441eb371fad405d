import Evaluation

/// Scores over the seeds of a setting, all of the same clips.
struct MeanScores {
  let uf1: Double
  let uar: Double
  /// Sample standard deviations over the seeds; nil for one seed.
  let deviations: (uf1: Double, uar: Double)?
  /// Seeds that count.
  let seeds: Int
  /// Clips of each seed.
  let clips: Int

  /// - Parameter scores: Of each seed.
  /// - Returns: nil for none.
  init?(_ scores: [Scores]) {
    guard let first = scores.first else { return nil }
    seeds = scores.count
    clips = first.clips
    (uf1, uar) = (Self.mean(scores.map(\.uf1)), Self.mean(scores.map(\.uar)))
    deviations =
      scores.count < 2
      ? nil : (Self.deviation(scores.map(\.uf1)), Self.deviation(scores.map(\.uar)))
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private static func deviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    let squares = values.map { ($0 - mean) * ($0 - mean) }
    return (squares.reduce(0, +) / Double(values.count - 1)).squareRoot()
  }
}

extension Report.SettingScores {
  /// One protocol's scores over the seeds, by part; `full` first. Of the folds that every seed has
  /// finished: means of other clips for each seed could not be compared.
  func means(of name: EvaluationProtocol) -> [(key: String, scores: MeanScores)] {
    let all = shared.map { seed in seed.scores.first { $0.name == name }?.parts ?? [] }
    return (all.first ?? []).compactMap { key, _ in
      MeanScores(all.compactMap { parts in parts.first { $0.key == key }?.scores }).map {
        (key, $0)
      }
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
