/// What the samples of the model's input are measured by.
public enum Scaling: String, Sendable, CaseIterable {
  /// 0 … 255, as the files have them.
  case raw
  /// Each channel with mean 0 and standard deviation 1 over the training clips.
  case standard
}

/// Mean and standard deviation of each channel over some clips; what is scaled has the first subtracted
/// and is divided by the second.
public struct InputScaling: Sendable, Equatable {
  public let means: [Double]
  /// Of the population.
  public let deviations: [Double]

  /// Sums are of whole numbers, so their order does not matter.
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

  /// Scales an image, [channel, …].
  func apply(to image: UnsafeMutablePointer<Float>, plane: Int) {
    for channel in means.indices {
      let (mean, deviation) = (Float(means[channel]), Float(deviations[channel]))
      for i in channel * plane..<(channel + 1) * plane { image[i] = (image[i] - mean) / deviation }
    }
  }
}

extension InputScaling {
  /// The formula, as metadata say it.
  public static let rule = "(sample - mean) / deviation, by channel"

  /// What a file of weights or a checkpoint says of it: how samples become the model's input.
  public var metadata: [String: String] {
    [
      "scaling": Self.rule,
      "mean": means.map { "\($0)" }.joined(separator: ", "),
      "deviation": deviations.map { "\($0)" }.joined(separator: ", "),
    ]
  }

  /// From `metadata`; nil: the input is not scaled.
  public init?(metadata: [String: String]) {
    func numbers(_ key: String) -> [Double] {
      (metadata[key] ?? "").split(separator: ", ").compactMap { Double($0) }
    }
    (means, deviations) = (numbers("mean"), numbers("deviation"))
    guard !means.isEmpty, means.count == deviations.count else { return nil }
  }
}
