import Random

/// Changes training images at random: what becomes of one follows from seed, fold, step and its place
/// in the whole batch alone.
public struct Augmentation: Sendable {
  private let configuration: AugmentationConfiguration
  private let channels: Int
  private let side: Int
  private let strain: Int?
  /// Pixels a side of a region, which is shifted by itself.
  private let region: Int

  /// - Parameters:
  ///   - regions: How the input is composed.
  ///   - strain: The channel whose sample is 0 where nothing moves; nil: there is none.
  /// - Returns: nil: images stay as they are.
  public init?(
    _ configuration: AugmentationConfiguration, channels: Int, side: Int, regions: Regions,
    strain: Int?
  ) {
    guard configuration.changesImages else { return nil }
    self.configuration = configuration
    self.channels = channels
    self.side = side
    self.strain = strain
    region = regions == .whole ? side : side / 2
  }

  /// What becomes of one image.
  public struct Draw: Sendable, Equatable {
    public let isMirrored: Bool
    /// By how many pixels the regions' contents move.
    public let down: Int
    public let right: Int
    /// What the motion is multiplied by.
    public let factor: Double
    fileprivate let generator: CounterGenerator
    fileprivate let place: Int

    public static func == (a: Draw, b: Draw) -> Bool {
      (a.isMirrored, a.down, a.right, a.factor, a.place)
        == (b.isMirrored, b.down, b.right, b.factor, b.place)
    }
  }

  /// Lanes of the random words, so that no part's words depend on another's.
  private enum Lane { static let (mirror, down, right, motion, noise) = (0, 1, 2, 3, 4) }

  /// - Parameters:
  ///   - generator: Of the step.
  ///   - place: The sample's in the whole batch.
  public func draw(_ generator: CounterGenerator, place: Int) -> Draw {
    let reach = configuration.shift
    func shift(_ lane: Int) -> Int {
      Int(generator.uniform(place, lane: lane) * Double(2 * reach + 1)) - reach
    }
    return Draw(
      isMirrored: generator.uniform(place, lane: Lane.mirror) < configuration.mirror,
      down: shift(Lane.down), right: shift(Lane.right),
      factor: 1 + configuration.motion * (2 * generator.uniform(place, lane: Lane.motion) - 1),
      generator: generator, place: place)
  }

  /// Changes an image, [channel, row, column], that is mirrored already where it is to be.
  package func apply(_ draw: Draw, to image: UnsafeMutablePointer<Float>) {
    if draw.down != 0 || draw.right != 0 { shift(draw, image) }
    let plane = side * side
    if draw.factor != 1 {
      for channel in 0..<channels {
        let still = channel == strain ? 0 : Float(configuration.still)
        let factor = Float(draw.factor)
        for i in channel * plane..<(channel + 1) * plane {
          image[i] = still + (image[i] - still) * factor
        }
      }
    }
    if configuration.noise > 0 {
      let first = draw.place * channels * plane
      for i in 0..<channels * plane {
        image[i] +=
          Float(configuration.noise * draw.generator.normal(first + i, lane: Lane.noise))
      }
    }
  }

  /// Moves each region's contents; pixels at its edges are repeated.
  private func shift(_ draw: Draw, _ image: UnsafeMutablePointer<Float>) {
    let before = Array(UnsafeBufferPointer(start: image, count: channels * side * side))
    for row in 0..<channels * side {
      for column in 0..<side {
        let (firstRow, firstColumn) = (row / region * region, column / region * region)
        let from = (
          row: min(max(row - draw.down, firstRow), firstRow + region - 1),
          column: min(max(column - draw.right, firstColumn), firstColumn + region - 1)
        )
        image[row * side + column] = before[from.row * side + from.column]
      }
    }
  }
}
