import Foundation

/// How far a moving average has left the initial weights behind.
extension TrainingConfiguration {
  /// More of the initial weights than this in what is scored is worth a warning.
  public static let mostInitialShare = 0.05

  /// How much of the moving average is the initial weights after all epochs: its decay to the power of
  /// the updates. 0 without an average.
  ///
  /// - Parameter clips: Of the fold's training.
  public func initialShare(clips: Int) -> Double {
    ema > 0 ? pow(ema, Double(epochs * batches(clips: clips))) : 0
  }

  /// A decay of few digits with which it is below `mostInitialShare`.
  public func shorterAverage(clips: Int) -> Double {
    let gap = 1 - pow(Self.mostInitialShare, 1 / Double(epochs * batches(clips: clips)))
    // Two digits of what is left to 1, rounded up.
    let scale = pow(10, 2 - floor(log10(gap)) - 1)
    return max(0, 1 - ceil(gap * scale) / scale)
  }

  /// The fewest epochs with which it is below that.
  public func epochsForAverage(clips: Int) -> Int {
    Int(log(Self.mostInitialShare) / log(ema) / Double(batches(clips: clips))) + 1
  }

  private func batches(clips: Int) -> Int { (clips + batchSize - 1) / batchSize }
}
