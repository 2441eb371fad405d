/// UF1 and UAR of each draw of subjects, or differences or means of such.
public struct ScoreDraws: Sendable, Equatable {
  public private(set) var uf1: [Double] = []
  public private(set) var uar: [Double] = []
  /// Whether the draws say how far a score may be off. They do not where a dataset has one subject
  /// alone: whoever draws it gets the same each time.
  public private(set) var isKnown = true

  init(count: Int) {
    uf1.reserveCapacity(count)
    uar.reserveCapacity(count)
  }

  mutating func append(_ scores: (uf1: Double, uar: Double)) {
    uf1.append(scores.uf1)
    uar.append(scores.uar)
  }

  func known(_ isKnown: Bool) -> Self {
    var draws = self
    draws.isKnown = isKnown
    return draws
  }

  /// 95% percentile intervals; nil: a dataset has one subject alone.
  public var intervals: ScoreIntervals? {
    isKnown ? ScoreIntervals(uf1: Interval(of: uf1), uar: Interval(of: uar)) : nil
  }

  /// Draw by draw, of the same draws: what makes an interval paired.
  public static func - (a: Self, b: Self) -> Self {
    var draws = a
    for draw in draws.uf1.indices {
      draws.uf1[draw] -= b.uf1[draw]
      draws.uar[draw] -= b.uar[draw]
    }
    return draws.known(a.isKnown && b.isKnown)
  }

  /// The mean over seeds, draw by draw; nil for none.
  public static func mean(_ seeds: [Self]) -> Self? {
    guard var sum = seeds.first else { return nil }
    for seed in seeds.dropFirst() {
      for draw in sum.uf1.indices {
        sum.uf1[draw] += seed.uf1[draw]
        sum.uar[draw] += seed.uar[draw]
      }
    }
    for draw in sum.uf1.indices {
      sum.uf1[draw] /= Double(seeds.count)
      sum.uar[draw] /= Double(seeds.count)
    }
    return sum.known(seeds.allSatisfy(\.isKnown))
  }
}

/// Of all datasets together, and of each by its name.
public struct DrawnScores: Sendable {
  public let full: ScoreDraws
  public let datasets: [String: ScoreDraws]
}
