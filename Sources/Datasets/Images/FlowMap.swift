import Requirements

/// A clip's map before its regions are composed.
public struct FlowMap: Sendable, Equatable {
  public let channels: Int
  /// Pixels a side.
  public let side: Int
  /// [channel, row, column], 0 … 65535: a sample of 8 bits stands as 257 times itself.
  public let samples: [UInt16]

  init(channels: Int, side: Int, samples: [UInt16]) {
    require(
      samples.count == channels * side * side,
      "\(samples.count) samples for \(channels) channels of side \(side)")
    self.channels = channels
    self.side = side
    self.samples = samples
  }
}
