import Evaluation

/// Scores over the seeds of a setting.
struct MeanScores {
  let uf1: Double
  let uar: Double
  /// Sample standard deviations over the seeds; nil for one seed.
  let deviations: (uf1: Double, uar: Double)?
  /// Clips of each seed, the fewest where some have no scores of all yet.
  let clips: Int

  /// - Parameter scores: Of each seed that has any.
  /// - Returns: nil for none.
  init?(_ scores: [Scores]) {
    guard let fewest = scores.map(\.clips).min() else { return nil }
    clips = fewest
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
  /// One protocol's scores over the seeds, by part; `full` first.
  func means(of name: EvaluationProtocol) -> [(key: String, scores: MeanScores)] {
    let all = seeds.compactMap { seed in seed.scores.first { $0.name == name }?.parts }
    var keys: [String] = []
    for (key, _) in all.joined() where !keys.contains(key) { keys.append(key) }
    return keys.compactMap { key in
      MeanScores(all.compactMap { parts in parts.first { $0.key == key }?.scores }).map {
        (key, $0)
      }
    }
  }
}
