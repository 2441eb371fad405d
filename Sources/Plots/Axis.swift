import Foundation
import Wording

/// Which values a plot shows along one direction, and which of them it names.
public struct Axis: Sendable, Equatable {
  public struct Tick: Sendable, Equatable {
    public let value: Double
    public let label: String
  }

  public let title: String
  public let low: Double
  public let high: Double
  public let ticks: [Tick]

  /// From one round number to another, with round numbers between: 1, 2 or 5 times a power of ten apart.
  ///
  /// - Parameters:
  ///   - values: What must lie between; of none, or one alone, there is room around it.
  ///   - count: About how many steps.
  ///   - within: The ends that are never passed, such as 0 and 1 of a share.
  public init(
    _ title: String, around values: some Sequence<Double>, about count: Int = 5,
    within ends: ClosedRange<Double> = -.infinity ... .infinity
  ) {
    let finite = values.filter(\.isFinite)
    var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
    if high - low < 1e-9 * max(1, abs(low)) {
      low -= 0.5
      high += 0.5
    }
    (low, high) = (max(low, ends.lowerBound), min(high, ends.upperBound))
    let step = Self.step((high - low) / Double(count))
    let (first, last) = ((low / step - 1e-9).rounded(.up), (high / step + 1e-9).rounded(.down))
    let (start, end) = ((low / step + 1e-9).rounded(.down), (high / step - 1e-9).rounded(.up))
    self.title = title
    self.low = max(start * step, ends.lowerBound)
    self.high = min(end * step, ends.upperBound)
    let digits = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
    let isWide = start * step >= ends.lowerBound && end * step <= ends.upperBound
    ticks = stride(from: isWide ? start : first, through: isWide ? end : last, by: 1).map {
      let value = $0 * step
      // No -0.0.
      return Tick(value: value, label: decimals(abs(value) < step / 2 ? 0 : value, digits))
    }
  }

  /// The round number that is nearest above: 1, 2 or 5 times a power of ten.
  static func step(_ rough: Double) -> Double {
    let power = pow(10, log10(rough).rounded(.down))
    let factor = [1.0, 2, 5, 10].first { $0 * power >= rough * (1 - 1e-9) } ?? 10
    // 10 to a negative power is not exact; 1 divided by an exact one is the nearest number.
    return power < 1 ? factor / (1 / power).rounded() : factor * power
  }

  /// Where a value lies between the ends, 0 … 1; one outside lies at the nearer end.
  public func share(_ value: Double) -> Double {
    high > low ? min(max((value - low) / (high - low), 0), 1) : 0.5
  }
}
