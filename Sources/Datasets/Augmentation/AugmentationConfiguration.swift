/// How training images are changed at random, so that few clips teach more; off by default. Test images
/// are never changed.
public struct AugmentationConfiguration: Sendable, Equatable {
  /// Probability that a clip is mirrored.
  public var mirror = 0.0
  /// Largest shift of each region's pixels, in each direction.
  public var shift = 0
  /// Largest relative change of the motion's size.
  public var motion = 0.0
  /// Standard deviation of added noise, in units of samples, 0 … 255.
  public var noise = 0.0
  /// Both parameters of the Beta distribution that shares of mixed clips are drawn from; 0: no mixing.
  public var mixup = 0.0
  /// The sample that means no motion, 0 … 255.
  public var still = 127.5
  /// The channel of the horizontal flow, from 0.
  public var horizontalChannel = 2

  public init() {}

  /// Whether training images are changed one by one.
  public var changesImages: Bool { mirror > 0 || shift > 0 || motion > 0 || noise > 0 }

  /// What mirrored input is composed with; nil: none is needed.
  public var mirroring: Mirroring? {
    mirror > 0 ? Mirroring(still: still, horizontalChannel: horizontalChannel) : nil
  }
}
