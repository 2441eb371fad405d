import Foundation

/// A PNG written by hand: stored (uncompressed) deflate blocks, no filter, checksums of its own.
public enum PlainPNG {
  /// - Parameters:
  ///   - rgb: Rows of samples, (red, green, blue) unless `channels` says otherwise.
  ///   - channels: 1 grey, 2 and alpha, 3 colours, 4 and alpha; 1 with a palette: indices.
  ///   - bits: Of a sample, 8 or 16; those of 16 are two bytes of `rgb`, the higher one first.
  ///   - palette: (red, green, blue) of each colour.
  ///   - surplus: Bytes after the last row's in the compressed stream.
  ///   - transparent: Content of a tRNS chunk, which follows the image if it `isLate`.
  ///   - damaged: The chunk whose checksum is wrong.
  ///   - extra: Chunks before the palette.
  ///   - missingBytes: How many bytes of the last rows are left out of a valid stream.
  public static func encode(
    width: Int, height: Int, rgb: [UInt8], channels: Int = 3, bits: Int = 8,
    missingBytes: Int = 0,
    palette: [UInt8]? = nil, surplus: [UInt8] = [], transparent: [UInt8]? = nil,
    isLate: Bool = false, damaged: String? = nil,
    extra: [(name: String, data: [UInt8])] = []
  ) -> Data {
    var raw: [UInt8] = []
    let count = width * channels * bits / 8
    for row in 0..<height {
      raw += [0] + rgb[row * count..<(row + 1) * count]
    }
    raw.removeLast(missingBytes)
    raw += surplus
    var stream: [UInt8] = [0x78, 0x01]
    var rest = raw[...]
    repeat {
      let part = rest.prefix(65_535)
      rest = rest.dropFirst(part.count)
      let length = UInt16(part.count)
      stream += [rest.isEmpty ? 1 : 0, UInt8(length & 255), UInt8(length >> 8)]
      stream += [UInt8(~length & 255), UInt8(~length >> 8)] + part
    } while !rest.isEmpty
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in raw {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    stream += bytes(b << 16 | a)
    var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    func add(_ name: String, _ data: [UInt8]) {
      var whole = chunk(name, data)
      if name == damaged { whole[whole.count - 1] ^= 1 }
      file += whole
    }
    let kind: UInt8 = palette != nil ? 3 : [1: 0, 2: 4, 3: 2, 4: 6][channels]!
    add("IHDR", bytes(UInt32(width)) + bytes(UInt32(height)) + [UInt8(bits), kind, 0, 0, 0])
    for chunk in extra { add(chunk.name, chunk.data) }
    if let palette { add("PLTE", palette) }
    if let transparent, !isLate { add("tRNS", transparent) }
    add("IDAT", stream)
    if let transparent, isLate { add("tRNS", transparent) }
    add("IEND", [])
    return file
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    var crc = UInt32.max
    for byte in body {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return bytes(UInt32(data.count)) + body + bytes(~crc)
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
