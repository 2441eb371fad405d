import CZstd
import Requirements

/// Independent zstd frames, each with its content's size and checksum; one after another they are a
/// file that `zstd -d` opens.
enum ZstdFrames {
  /// Bytes of content in each frame but the last of a section.
  static let contentBytes = 8 << 20
  /// The most bytes that such a frame takes.
  static let longestFrame = ZSTD_compressBound(contentBytes)

  /// What zstd does at a level.
  ///
  /// Byte planes of floating-point values hold next to no repeats; what can be saved are their uneven
  /// frequencies. The fastest level therefore looks for long repeats only, in a table that always is
  /// in the first cache: about twice as fast on the planes that compress.
  private static func parameters(level: Int) -> [(ZSTD_cParameter, Int)] {
    [(ZSTD_c_compressionLevel, level), (ZSTD_c_checksumFlag, 1), (ZSTD_c_contentSizeFlag, 1)]
      + (level == 1 ? [(ZSTD_c_minMatch, 7), (ZSTD_c_hashLog, 6)] : [])
  }

  /// Compresses frames one at a time, reusing its memory.
  final class Compressor {
    private let context: OpaquePointer
    private let output: UnsafeMutableRawBufferPointer

    init(level: Int) {
      guard let context = ZSTD_createCCtx() else { fatalError("zstd has no memory") }
      self.context = context
      output = .allocate(byteCount: ZstdFrames.longestFrame, alignment: 64)
      for (parameter, value) in ZstdFrames.parameters(level: level) {
        let code = ZSTD_CCtx_setParameter(context, parameter, Int32(value))
        require(ZSTD_isError(code) == 0, ZstdFrames.reason(code))
      }
    }

    deinit {
      ZSTD_freeCCtx(context)
      output.deallocate()
    }

    /// One frame with all of `content`, at most `contentBytes`; valid until the next call.
    func frame(_ content: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
      require(content.count <= ZstdFrames.contentBytes, "a frame of \(content.count) bytes")
      let size = ZSTD_compress2(
        context, output.baseAddress, output.count, content.baseAddress, content.count)
      require(ZSTD_isError(size) == 0, ZstdFrames.reason(size))
      return UnsafeRawBufferPointer(rebasing: output[..<size])
    }
  }

  /// Decompresses frames one at a time, reusing its memory.
  final class Decompressor {
    private let context: OpaquePointer

    init() {
      guard let context = ZSTD_createDCtx() else { fatalError("zstd has no memory") }
      self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Fills `content` from a frame; nil if all is well, otherwise what is wrong.
    func fill(_ content: UnsafeMutableRawBufferPointer, from frame: UnsafeRawBufferPointer)
      -> String?
    {
      let size = ZSTD_decompressDCtx(
        context, content.baseAddress, content.count, frame.baseAddress, frame.count)
      if ZSTD_isError(size) != 0 { return ZstdFrames.reason(size) }
      return size == content.count ? nil : "\(size) bytes of content, not \(content.count)"
    }
  }

  /// The length of the frame at the start of `bytes` and of its content; nil unless a whole frame of
  /// an acceptable size stands there.
  static func measure(_ bytes: UnsafeRawBufferPointer) -> (frame: Int, content: Int)? {
    let frame = ZSTD_findFrameCompressedSize(bytes.baseAddress, bytes.count)
    let content = ZSTD_getFrameContentSize(bytes.baseAddress, bytes.count)
    guard ZSTD_isError(frame) == 0, frame > 0, content <= UInt64(contentBytes) else { return nil }
    return (frame, Int(content))
  }

  private static func reason(_ code: Int) -> String { String(cString: ZSTD_getErrorName(code)) }
}
