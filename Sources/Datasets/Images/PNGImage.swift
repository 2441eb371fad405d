import CPNG
import Foundation
import Requirements

/// An 8-bit colour image to be written.
public struct PNGImage {
  public let width: Int
  public let height: Int
  /// Rows from the top, pixels from the left, (red, green, blue) each.
  public let pixels: [UInt8]

  public init(width: Int, height: Int, pixels: [UInt8]) {
    require(pixels.count == width * height * 3, "\(pixels.count) bytes of pixels")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The picture of a map of three channels: blue, green and red are the first, second and third.
  init(_ map: FlowMap) {
    let size = map.side * map.side
    self.init(
      width: map.side, height: map.side,
      pixels: (0..<size).flatMap { pixel in
        [2, 1, 0].map { UInt8(map.samples[$0 * size + pixel] / 257) }
      })
  }

  /// The image as a PNG file's bytes.
  public func encoded() throws -> Data {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&image) }
    var size = png_alloc_size_t(pixels.count * 2 + 4096)
    var data = Data(count: size)
    let written = data.withUnsafeMutableBytes {
      png_image_write_to_memory(&image, $0.baseAddress, &size, 0, pixels, Int32(width * 3), nil)
    }
    guard written != 0 else { throw DataError("a PNG in memory", "libpng could not encode it") }
    return data.prefix(size)
  }
}
