import CPNG
import Files
import Foundation

/// An 8-bit colour image, read and written by libpng.
struct PNGImage: Equatable {
  let width: Int
  let height: Int
  /// Rows from the top, pixels from the left, (red, green, blue) each.
  var pixels: [UInt8]

  /// Decodes the file at `path`, whose data must be whole.
  ///
  /// - Throws: `DataError`, or `FileError` if it cannot be read.
  init(path: String) throws {
    guard let data = try AtomicFile.read(path) else {
      throw DataError(path, "there is no such file")
    }
    guard !data.isEmpty else { throw DataError(path, "is empty, not a PNG") }
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    // libpng goes on where it began to read, so one pointer serves both calls.
    self = try data.withUnsafeBytes { bytes in
      guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
        throw DataError(path, "is not a readable PNG: \(Self.message(image))")
      }
      let (width, height) = (Int(image.width), Int(image.height))
      guard (1...4096).contains(width), (1...4096).contains(height) else {
        throw DataError(path, "is \(width) × \(height) pixels, more than 4096 a side")
      }
      image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
      var pixels = [UInt8](repeating: 0, count: width * height * 3)
      guard png_image_finish_read(&image, nil, &pixels, Int32(width * 3), nil) != 0 else {
        throw DataError(path, "is a damaged or cut PNG: \(Self.message(image))")
      }
      return PNGImage(width: width, height: height, pixels: pixels)
    }
  }

  private static func message(_ image: png_image) -> String {
    withUnsafeBytes(of: image.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * 3, "\(pixels.count) bytes of pixels")
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
