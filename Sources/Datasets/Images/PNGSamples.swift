import CPNGReader
import Files
import Foundation

/// The samples of a PNG as they stand in the file.
///
/// Flow maps are numbers, not light: neither gamma nor background nor colour profile changes one. A
/// palette's colours are looked up, and grey of fewer than 8 bits is widened to 8.
package struct PNGSamples: Equatable {
  package let width: Int
  package let height: Int
  /// 1 grey, 2 grey and alpha, 3 red, green and blue, 4 and alpha.
  package let channels: Int
  /// 8 or 16.
  package let bits: Int
  /// Whether the file has an alpha channel or a transparent colour.
  package let isTransparent: Bool
  /// Rows from the top, pixels from the left, channels.
  package let values: [UInt16]

  package var isGrey: Bool { channels < 3 }

  static let largestSide = 4096

  /// Decodes the file at `path`, whose data must be whole.
  ///
  /// - Throws: `DataError`, or `FileError` if it cannot be read.
  package init(path: String) throws {
    guard let data = try AtomicFile.read(path) else {
      throw DataError(path, "there is no such file")
    }
    guard !data.isEmpty else { throw DataError(path, "is empty, not a PNG") }
    var image = CPNGReaderImage()
    let stage = data.withUnsafeBytes {
      CPNGReaderDecode($0.baseAddress, $0.count, UInt32(Self.largestSide), &image)
    }
    defer { free(image.samples) }
    var message: String {
      withUnsafeBytes(of: image.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    switch Int(stage) {
    case CPNGReaderOK: break
    case CPNGReaderHeader: throw DataError(path, "is not a readable PNG: \(message)")
    case CPNGReaderSize:
      throw DataError(
        path, "is \(image.width) × \(image.height) pixels, more than \(Self.largestSide) a side")
    default: throw DataError(path, "is a damaged or cut PNG: \(message)")
    }
    width = Int(image.width)
    height = Int(image.height)
    channels = Int(image.channels)
    bits = Int(image.bits)
    isTransparent = image.transparent != 0
    let count = width * height * channels
    values =
      bits == 16
      ? Array(
        UnsafeBufferPointer(
          start: image.samples?.assumingMemoryBound(to: UInt16.self), count: count))
      : UnsafeBufferPointer(start: image.samples?.assumingMemoryBound(to: UInt8.self), count: count)
        .map(UInt16.init)
  }
}

extension PNGSamples {
  /// Some of the channels one after the other, as numbers from 0 to 65535: a sample of 8 bits is 257
  /// times itself.
  ///
  /// - Parameter channels: Their places in the file: 0 grey or red, 1 green (or alpha after grey), 2
  ///   blue, 3 alpha.
  func planes(_ channels: [Int]) -> [UInt16] {
    let size = width * height
    let factor: UInt16 = bits == 8 ? 257 : 1
    return [UInt16](unsafeUninitializedCapacity: channels.count * size) { target, count in
      values.withUnsafeBufferPointer { values in
        for (plane, channel) in channels.enumerated() {
          for pixel in 0..<size {
            target[plane * size + pixel] = factor * values[pixel * self.channels + channel]
          }
        }
      }
      count = channels.count * size
    }
  }

  /// Blue, green and red of an image of the release's layout, as OpenCV's `imread` gives them, which the
  /// published code reads with. In the release these are strain, vertical and horizontal flow. Grey stands in all three, and alpha is left out.
  ///
  /// - Throws: `DataError` for 16-bit samples that are not 8-bit ones widened to 16: the published code
  ///   has none.
  package func releasePlanes(path: String) throws -> [UInt16] {
    let planes = planes(isGrey ? [0, 0, 0] : [2, 1, 0])
    guard bits == 8 || planes.allSatisfy({ $0 % 257 == 0 }) else {
      throw DataError(
        path,
        "has 16 bits a sample, and the model takes numbers from 0 to 255: scale it to 8 bits a sample"
      )
    }
    return planes
  }
}
