import Datasets
import Foundation
import TestSupport

/// A manifest of seven classes that a test writes, with images of one channel of 16 bits.
struct SmallManifest {
  static let header = "image,label,subject,dataset,clip\n"
  static let classNames = ["anger", "disgust", "fear", "happy", "others", "sad", "surprise"]

  let directory: String
  var side = 4
  var channels = 1
  var bits = 16
  /// Two subjects of seven clips, one of each class.
  var text =
    header
    + ["001", "006"].flatMap { subject in
      classNames.map { "maps/\(subject)/\($0).png,\($0),\(subject),mine,\(subject)-\($0)\n" }
    }.joined()
  var configuration = DataConfiguration()

  init(_ directory: String) throws {
    self.directory = directory + "/faces"
    try FileManager.default.createDirectory(
      atPath: self.directory, withIntermediateDirectories: false)
    configuration.path = self.directory
    configuration.format = .manifest
    configuration.regions = .whole
    configuration.classNames = Self.classNames
  }

  var table: String { directory + "/manifest.csv" }

  /// The samples of an image, [row, column, channel of the file], other ones for each.
  func samples(_ image: Int) -> [UInt16] {
    let range = bits == 8 ? 256 : 65_536
    return (0..<side * side * channels).map { UInt16(($0 * 4099 + image * 257 + 3) % range) }
  }

  func writeImage(_ image: Int, to path: String) throws {
    let bytes = samples(image).flatMap { sample -> [UInt8] in
      bits == 8 ? [UInt8(sample)] : [UInt8(sample >> 8), UInt8(sample & 255)]
    }
    let file = URL(fileURLWithPath: directory + "/" + path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try PlainPNG.encode(width: side, height: side, rgb: bytes, channels: channels, bits: bits)
      .write(to: file)
  }

  /// Writes the table and all images that it names.
  func write() throws {
    try writeTable()
    for (index, row) in text.split(separator: "\n").dropFirst().enumerated() {
      try writeImage(index, to: String(row.prefix { $0 != "," }))
    }
  }

  func writeTable() throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: table))
  }

  func load(classes: Int = 7, isForTraining: Bool = true) throws -> Dataset {
    try Dataset.load(
      configuration,
      InputShape(
        classes: classes, channels: channels, side: side, isForTraining: isForTraining))
  }
}
