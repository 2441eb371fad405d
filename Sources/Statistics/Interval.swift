import Requirements

/// Two ends, the lower first.
public struct Interval: Sendable, Equatable {
  public let low: Double
  public let high: Double

  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// How much of the draws a standard interval holds.
  public static let level = 0.95

  /// The percentile interval of a bootstrap: of these values the share `level` lies inside, as much
  /// below as above (Efron & Tibshirani, 1993, chapter 13).
  ///
  /// - Parameter values: One a draw, at least one.
  public init(holding level: Double = level, of values: [Double]) {
    let sorted = values.sorted()
    low = Self.quantile((1 - level) / 2, of: sorted)
    high = Self.quantile((1 + level) / 2, of: sorted)
  }

  /// Between two values it goes straight (type 7 of Hyndman & Fan, 1996, which NumPy and R take).
  ///
  /// - Parameter sorted: From low to high, at least one.
  public static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    require(!sorted.isEmpty, "a quantile of no values")
    let place = share * Double(sorted.count - 1)
    let below = min(Int(place), sorted.count - 1)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
  }
}

/// The intervals of UF1 and UAR, or of differences of them.
public struct ScoreIntervals: Sendable, Equatable {
  public let uf1: Interval
  public let uar: Interval

  public init(uf1: Interval, uar: Interval) {
    self.uf1 = uf1
    self.uar = uar
  }
}
