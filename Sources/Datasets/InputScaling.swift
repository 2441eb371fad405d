/// What the samples of the model's input are measured by.
public enum Scaling: String, Sendable, CaseIterable {
  /// 0 … 255, as the files have them.
  case raw
  /// Each channel with mean 0 and standard deviation 1 over the training clips.
  case standard
  /// Each channel of each clip with mean 0 and standard deviation 1 by itself.
  case clip
}

/// What is subtracted from samples, and what they are divided by: a mean and a standard deviation of the
/// population.
public enum InputScaling: Sendable, Equatable {
  /// Those of each channel over the training clips.
  case training(Statistics)
  /// Those of each channel of the clip itself, as it is after augmentation. A channel that is the same
  /// everywhere becomes 0.
  case clip

  public struct Statistics: Sendable, Equatable {
    /// By channel, as the deviations.
    public let means: [Double]
    public let deviations: [Double]
  }

  /// What scales the clips of a fold; nil: samples are taken as they are.
  init?(_ scaling: Scaling, trainClips: [Int], of dataset: Dataset) {
    switch scaling {
    case .raw: return nil
    case .standard: self = .training(Statistics(trainClips, of: dataset))
    case .clip: self = .clip
    }
  }

  /// Scales an image, [channel, …], of `plane` samples a channel.
  func apply(to image: UnsafeMutablePointer<Float>, plane: Int, channels: Int) {
    for channel in 0..<channels {
      let samples = UnsafeMutableBufferPointer(start: image + channel * plane, count: plane)
      switch self {
      case .training(let of):
        Self.scale(samples, Float(of.means[channel]), Float(of.deviations[channel]))
      case .clip:
        let (mean, deviation) = Self.statistics(samples)
        Self.scale(samples, Float(mean), deviation > 0 ? Float(deviation) : 1)
      }
    }
  }

  private static func scale(
    _ samples: UnsafeMutableBufferPointer<Float>, _ mean: Float, _ deviation: Float
  ) {
    for i in samples.indices { samples[i] = (samples[i] - mean) / deviation }
  }

  /// Mean and deviation, each summed in the same order on any machine. Of equal samples the deviation is exactly 0:
  /// a sum of up to 2^29 equal Floats is exact in Double.
  private static func statistics(
    _ samples: UnsafeMutableBufferPointer<Float>
  ) -> (mean: Double, deviation: Double) {
    let count = Double(samples.count)
    let mean = sum(samples) { $0 } / count
    return (mean, (sum(samples) { ($0 - mean) * ($0 - mean) } / count).squareRoot())
  }

  @inline(__always)
  private static func sum(
    _ samples: UnsafeMutableBufferPointer<Float>, _ term: (SIMD8<Double>) -> SIMD8<Double>
  ) -> Double {
    // Eight partial sums, so that an addition need not wait for the one before it.
    var sums = SIMD8<Double>(repeating: 0)
    let whole = samples.count / 8 * 8
    for start in stride(from: 0, to: whole, by: 8) {
      var values = SIMD8<Float>()
      for lane in 0..<8 { values[lane] = samples[start + lane] }
      sums += term(SIMD8<Double>(values))
    }
    var last = 0.0
    for i in whole..<samples.count { last += term(SIMD8(repeating: Double(samples[i])))[0] }
    return sums.sum() + last
  }
}

extension InputScaling.Statistics {
  /// Over these clips. Sums are of whole numbers, so their order does not matter.
  init(_ clips: [Int], of dataset: Dataset) {
    let plane = dataset.side * dataset.side
    // In units of 1/257 where samples have 16 bits.
    let unit = dataset.pixels.bits == 8 ? 1.0 : 257.0
    var (means, deviations): ([Double], [Double]) = ([], [])
    for channel in 0..<dataset.channels {
      var (sum, squares): (UInt64, UInt64) = (0, 0)
      for clip in clips {
        let start = clip * dataset.imageSize + channel * plane
        dataset.pixels.forEach(start..<start + plane) {
          sum += UInt64($0)
          squares += UInt64($0) * UInt64($0)
        }
      }
      let count = Double(clips.count * plane)
      let mean = Double(sum) / count
      // n · Σx² − (Σx)² in whole numbers of 128 bits: a difference of two large ones, exact.
      let left = UInt64(clips.count * plane).multipliedFullWidth(by: squares)
      let right = sum.multipliedFullWidth(by: sum)
      let (low, borrows) = left.low.subtractingReportingOverflow(right.low)
      let high = left.high - right.high - (borrows ? 1 : 0)
      let variance = (Double(high) * 0x1p64 + Double(low)) / (count * count)
      means.append(mean / unit)
      deviations.append(variance.squareRoot() / unit)
    }
    (self.means, self.deviations) = (means, deviations)
  }
}

extension InputScaling {
  /// The formula of `training`, as metadata say it.
  public static let rule = "(sample - mean) / deviation, by channel"
  /// That of `clip`.
  public static let clipRule = shortClipRule + "; a channel of deviation 0 becomes 0"
  /// In files of earlier programs.
  private static let shortClipRule =
    "(sample - mean) / deviation, by channel, both of the clip itself"

  /// What a file of weights or a checkpoint says of it: how samples become the model's input.
  public var metadata: [String: String] {
    switch self {
    case .training(let of):
      [
        "scaling": Self.rule,
        "mean": of.means.map { "\($0)" }.joined(separator: ", "),
        "deviation": of.deviations.map { "\($0)" }.joined(separator: ", "),
      ]
    case .clip: ["scaling": Self.clipRule]
    }
  }

  /// From `metadata`; nil: the input is not scaled.
  public init?(metadata: [String: String]) {
    if [Self.clipRule, Self.shortClipRule].contains(metadata["scaling"]) {
      self = .clip
      return
    }
    func numbers(_ key: String) -> [Double] {
      (metadata[key] ?? "").split(separator: ", ").compactMap { Double($0) }
    }
    let of = Statistics(means: numbers("mean"), deviations: numbers("deviation"))
    guard !of.means.isEmpty, of.means.count == of.deviations.count else { return nil }
    self = .training(of)
  }
}
