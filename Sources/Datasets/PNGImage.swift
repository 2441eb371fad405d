import Requirements
import CPNG
import Foundation

/// An 8-bit colour image.
package struct PNGImage: Equatable {
  let width: Int
  let height: Int
  /// Rows from the top, pixels from the left, (red, green, blue) each.
  package let pixels: [UInt8]

  /// The colour channels as OpenCV's `imread` gives them, which the published code reads with: grey
  /// stands in all three, alpha is left out.
  ///
  /// - Throws: `DataError` for 16-bit samples that are not 8-bit ones widened to 16.
  package init(_ samples: PNGSamples, path: String) throws {
    width = samples.width
    height = samples.height
    let (values, channels) = (samples.values, samples.channels)
    let step = samples.bits == 16 ? 257 : 1
    guard step == 1 || values.allSatisfy({ Int($0) % step == 0 }) else {
      throw DataError(
        path,
        "has 16 bits a sample, and the model takes numbers from 0 to 255: scale it to 8 bits a sample"
      )
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * width * height)
    for pixel in stride(from: 0, to: values.count, by: channels) {
      for color in 0..<3 {
        pixels.append(UInt8(Int(values[pixel + (samples.isGrey ? 0 : color)]) / step))
      }
    }
    self.pixels = pixels
  }

  init(width: Int, height: Int, pixels: [UInt8]) {
    require(pixels.count == width * height * 3, "\(pixels.count) bytes of pixels")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The image as a PNG file's bytes.
  func encoded() throws -> Data {
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
