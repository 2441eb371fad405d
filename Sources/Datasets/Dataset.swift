import Digest
import Foundation
import Requirements

/// A data set in memory: clips and, for each, the model's input.
public struct Dataset: Sendable, Equatable {
  public let clips: [Clip]
  /// What each class is called, by label.
  public let classNames: [String]
  /// Planes of one clip's input.
  public let channels: Int
  /// Pixels a side.
  public let side: Int
  /// [clip, channel, row, column].
  public let pixels: Pixels
  /// The same of the mirrored clips; nil: nobody has asked for them.
  public let mirrored: Pixels?
  /// Each clip's image file, from the data's directory on; nil: there are none. No result depends on
  /// them.
  public let images: [String]?
  /// What the reader noticed and went on with.
  public let warnings: [String]
  /// Clips of several subjects that have one image, as groups in the clips' order.
  public let sharedImages: [[Int]]

  public init(
    clips: [Clip], classNames: [String], channels: Int, side: Int, pixels: Pixels,
    mirrored: Pixels? = nil, images: [String]? = nil, warnings: [String] = [],
    sharedImages: [[Int]] = []
  ) {
    require(
      images == nil || images?.count == clips.count,
      "\(images?.count ?? 0) images for \(clips.count) clips")
    require(
      mirrored == nil || mirrored?.count == pixels.count, "mirrored pixels of other clips")
    require(
      pixels.count == clips.count * channels * side * side,
      "\(pixels.count) pixels for \(clips.count) clips of \(channels) channels and side \(side)")
    self.clips = clips
    self.classNames = classNames
    self.channels = channels
    self.side = side
    self.pixels = pixels
    self.mirrored = mirrored
    self.images = images
    self.warnings = warnings
    self.sharedImages = sharedImages
  }

  /// Samples of one clip's input.
  public var imageSize: Int { channels * side * side }

  /// A clip's input, [channel, row, column], 0 … 255.
  public func image(_ clip: Int) -> [Float] {
    pixels[clip * imageSize..<(clip + 1) * imageSize].values
  }

  /// Writes a clip's input, [channel, row, column], as a model takes it.
  ///
  /// - Parameter scaling: Of the model's training; nil: samples of 0 … 255 as they are.
  public func copyImage(
    _ clip: Int, scaling: InputScaling?, to target: UnsafeMutablePointer<Float>
  ) {
    pixels.copy(clip * imageSize..<(clip + 1) * imageSize, to: target)
    scaling?.apply(to: target, plane: side * side, channels: channels)
  }

  /// SHA-256 of all that training and scores depend on.
  public var digest: String {
    let digest = SHA256()
    for clip in clips {
      digest.update(
        Data("\(clip.dataset)\u{0}\(clip.subject)\u{0}\(clip.name)\u{0}\(clip.label)\n".utf8))
    }
    // The release's data have the digest that they had while there was no other kind.
    if channels != 3 || pixels.bits != 8 {
      digest.update(Data("\(channels) channels of \(pixels.bits) bits\n".utf8))
    }
    digest.update(pixels.bytes)
    if let mirrored {
      digest.update(Data("mirrored, of \(mirrored.bits) bits\n".utf8))
      digest.update(mirrored.bytes)
    }
    return digest.finish()
  }
}
