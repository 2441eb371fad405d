import Requirements

/// Whether a classifier is as often right as it believes: predictions binned by their confidence, the
/// probability of the class that was predicted (Guo et al., 2017).
public struct Calibration: Sendable, Equatable {
  public struct Bin: Sendable, Equatable {
    /// The bin's ends; the upper one belongs to it, the lower to the bin below, 0 to the first.
    public let low: Double
    public let high: Double
    /// Predictions in it.
    public let count: Int
    /// Of these, those that are right.
    public let right: Int
    /// The mean of their confidence; 0 without any.
    public let confidence: Double

    /// The share that is right; 0 without any.
    public var accuracy: Double { count > 0 ? Double(right) / Double(count) : 0 }
  }

  /// Bins of equal width.
  public static let standardBins = 10

  public let bins: [Bin]

  /// Predictions in all.
  public var count: Int { bins.reduce(0) { $0 + $1.count } }
  /// The mean confidence.
  public var confidence: Double {
    mean { $0.confidence }
  }
  /// The share of right predictions.
  public var accuracy: Double {
    mean { $0.accuracy }
  }

  /// The expected calibration error: the mean over predictions of how far their bin's accuracy is from
  /// its mean confidence, 0 … 1.
  public var error: Double {
    mean { abs($0.accuracy - $0.confidence) }
  }

  /// The mean over all predictions of what their bin has; 0 without any.
  private func mean(_ value: (Bin) -> Double) -> Double {
    var sum = 0.0
    for bin in bins { sum += value(bin) * Double(bin.count) }
    return sum / Double(max(count, 1))
  }

  /// - Parameters:
  ///   - predictions: Each one's confidence, 0 … 1, and whether it is right.
  ///   - bins: How many.
  public init(
    _ predictions: some Sequence<(confidence: Double, isRight: Bool)>, bins: Int = standardBins
  ) {
    require(bins > 0, "\(bins) bins")
    var counts = [Int](repeating: 0, count: bins)
    var rights = counts
    var sums = [Double](repeating: 0, count: bins)
    for prediction in predictions {
      let place = Int((prediction.confidence * Double(bins)).rounded(.up)) - 1
      let bin = min(max(place, 0), bins - 1)
      counts[bin] += 1
      rights[bin] += prediction.isRight ? 1 : 0
      sums[bin] += prediction.confidence
    }
    let width = 1 / Double(bins)
    self.bins = (0..<bins).map { bin -> Bin in
      let mean: Double = counts[bin] > 0 ? sums[bin] / Double(counts[bin]) : 0
      return Bin(
        low: Double(bin) * width, high: Double(bin + 1) * width, count: counts[bin],
        right: rights[bin], confidence: mean)
    }
  }
}
