import Requirements
import Digest
import Foundation

/// One clip of the data set.
public struct Clip: Sendable, Equatable, Codable {
  /// Where it comes from: `smic`, `casme2` or `samm` in the composite.
  public let dataset: String
  /// Its subject's name in that dataset; `person` is the unit that is left out.
  public let subject: String
  /// Its name, unique for the subject.
  public let name: String
  /// Its class, from 0.
  public let label: Int

  public init(dataset: String, subject: String, name: String, label: Int) {
    self.dataset = dataset
    self.subject = subject
    self.name = name
    self.label = label
  }
}

/// A data set in memory: clips and, for each, the model's input.
public struct Dataset: Sendable, Equatable {
  public let clips: [Clip]
  /// Pixels a side.
  public let side: Int
  /// (u, v, strain).
  public static let channels = 3
  /// [clip, channel, row, column], 0 … 255.
  public let pixels: [UInt8]
  /// What the reader noticed and went on with.
  public let warnings: [String]

  public init(clips: [Clip], side: Int, pixels: [UInt8], warnings: [String] = []) {
    require(
      pixels.count == clips.count * Self.channels * side * side,
      "\(pixels.count) pixels for \(clips.count) clips of side \(side)")
    self.clips = clips
    self.side = side
    self.pixels = pixels
    self.warnings = warnings
  }

  /// Bytes of one clip's input.
  public var imageSize: Int { Self.channels * side * side }

  /// A clip's input, [channel, row, column].
  public func image(_ clip: Int) -> ArraySlice<UInt8> {
    pixels[clip * imageSize..<(clip + 1) * imageSize]
  }

  /// SHA-256 of all that training and scores depend on.
  public var digest: String {
    let digest = SHA256()
    for clip in clips {
      digest.update(
        Data("\(clip.dataset)\u{0}\(clip.subject)\u{0}\(clip.name)\u{0}\(clip.label)\n".utf8))
    }
    digest.update(pixels)
    return digest.finish()
  }
}
