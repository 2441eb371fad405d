/// The mirror image of a clip's flow: left and right change places, and the horizontal flow its sign.
///
/// The release scales each clip's channel from its own least to its own largest value, so there the
/// sign changes where x becomes 255 − x, exactly: that is a `still` of 127.5. Where one sample means
/// no motion in every clip, it is that sample.
public struct Mirroring: Sendable, Equatable {
  /// The sample that stays what it is, 0 … 255.
  public let still: Double
  /// From 0.
  public let horizontalChannel: Int

  public init(still: Double, horizontalChannel: Int) {
    self.still = still
    self.horizontalChannel = horizontalChannel
  }

  /// A map's mirror image; what would leave the range of samples stays at its end.
  func callAsFunction(_ map: FlowMap) -> FlowMap {
    let side = map.side
    let pivot = Int((2 * still * 257).rounded())
    var samples: [UInt16] = []
    samples.reserveCapacity(map.samples.count)
    for row in 0..<map.channels * side {
      for column in (0..<side).reversed() {
        let sample = map.samples[row * side + column]
        samples.append(
          row / side == horizontalChannel
            ? UInt16(min(max(pivot - Int(sample), 0), 65_535)) : sample)
      }
    }
    return FlowMap(channels: map.channels, side: side, samples: samples)
  }

  /// Points of a mirrored face: the left eye is where the right one was.
  func callAsFunction(_ points: Landmarks, side: Int) -> Landmarks {
    func mirrored(_ point: Landmarks.Point) -> Landmarks.Point {
      .init(x: Double(side) - point.x, y: point.y)
    }
    return Landmarks(
      leftEye: mirrored(points.rightEye), rightEye: mirrored(points.leftEye),
      nose: mirrored(points.nose), leftMouth: mirrored(points.rightMouth),
      rightMouth: mirrored(points.leftMouth))
  }
}
