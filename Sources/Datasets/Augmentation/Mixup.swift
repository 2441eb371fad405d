import Elementary
import Random

/// How the samples of a batch are mixed (Zhang et al. 2018): each with its partner, both by the same
/// share. Labels are mixed as images are.
public struct Mixup: Sendable, Equatable {
  /// What a sample keeps of itself, 0 … 1.
  public let share: Double
  /// The partner of each sample of the batch.
  public let partners: [Int]

  public init(share: Double, partners: [Int]) {
    self.share = share
    self.partners = partners
  }

  /// Draws a step's: the share from Beta(`alpha`, `alpha`).
  ///
  /// - Parameter generator: Of the step.
  /// - Returns: nil: samples are not mixed.
  public init?(alpha: Double, _ generator: CounterGenerator, count: Int) {
    guard alpha > 0 else { return nil }
    self.init(
      share: Self.beta(alpha, generator), partners: generator.permutation(count))
  }

  /// Lanes of the random words; the permutation takes lane 0.
  private static let lanes = (one: 1, other: 2)

  /// A number drawn from Beta(alpha, alpha): x / (x + y) of two numbers drawn from Gamma(alpha).
  static func beta(_ alpha: Double, _ generator: CounterGenerator) -> Double {
    let (x, y) = (
      logarithmOfGamma(alpha, generator, lane: lanes.one),
      logarithmOfGamma(alpha, generator, lane: lanes.other)
    )
    // Of logarithms: for a small alpha both may be smaller than any number.
    return 1 / (1 + Elementary.exp(min(max(y - x, -700), 700)))
  }

  /// The logarithm of a number drawn from Gamma(alpha), by Marsaglia & Tsang (2000); below 1 as
  /// Gamma(alpha + 1) · u^(1 / alpha).
  private static func logarithmOfGamma(
    _ alpha: Double, _ generator: CounterGenerator, lane: Int
  ) -> Double {
    let d = max(alpha, alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    var boost = 0.0
    if alpha < 1 {
      boost = Elementary.log(1 - generator.uniform(0, lane: lane)) / alpha
    }
    for trial in 1... {
      let normal = generator.normal(trial, lane: lane)
      let cube = 1 + c * normal
      guard cube > 0 else { continue }
      let v = cube * cube * cube
      let u = 1 - generator.uniform(trial, lane: lane)
      if Elementary.log(u) < 0.5 * normal * normal + d - d * v + d * Elementary.log(v) {
        return Elementary.log(d * v) + boost
      }
    }
    return boost
  }
}
