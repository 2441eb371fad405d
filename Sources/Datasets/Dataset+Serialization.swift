import Foundation

extension Dataset {
  private struct Header: Codable {
    let clips: [Clip]
    let classNames: [String]
    let channels: Int
    let side: Int
    let bits: Int
    /// Of the mirrored samples; nil: there are none.
    let mirroredBits: Int?
    let images: [String]?
    let warnings: [String]
    let sharedImages: [[Int]]
  }

  /// The data set as bytes, for the ranks that do not read it themselves.
  public func serialized() throws -> [UInt8] {
    let header = try JSONEncoder().encode(
      Header(
        clips: clips, classNames: classNames, channels: channels, side: side, bits: pixels.bits,
        mirroredBits: mirrored?.bits, images: images, warnings: warnings,
        sharedImages: sharedImages))
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
      + pixels.bytes + (mirrored?.bytes ?? [])
  }

  /// Reads what `serialized` wrote.
  ///
  /// - Throws: `DataError` or a decoding error if the bytes are not whole.
  public init(serialized bytes: [UInt8]) throws {
    let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard bytes.count >= 8, length <= UInt64(bytes.count - 8) else {
      throw DataError("a data set in memory", "is cut")
    }
    let start = 8 + Int(length)
    let header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<start]))
    let wrong = DataError("a data set in memory", "has the wrong number of pixels")
    guard (0...4096).contains(header.side), (1...4).contains(header.channels) else { throw wrong }
    let count = header.clips.count * header.channels * header.side * header.side
    let end = start + count * (header.bits / 8)
    guard header.bits > 0, end <= bytes.count,
      let pixels = Pixels(bytes: bytes[start..<end], bits: header.bits), pixels.count == count
    else { throw wrong }
    let mirrored = header.mirroredBits.flatMap { Pixels(bytes: bytes[end...], bits: $0) }
    guard header.mirroredBits == nil ? end == bytes.count : mirrored?.count == count else {
      throw wrong
    }
    guard header.images == nil || header.images?.count == header.clips.count else {
      throw DataError("a data set in memory", "has not one image for each clip")
    }
    self.init(
      clips: header.clips, classNames: header.classNames, channels: header.channels,
      side: header.side, pixels: pixels, mirrored: mirrored, images: header.images,
      warnings: header.warnings, sharedImages: header.sharedImages)
  }
}
