import Files
import Foundation
import Safetensors

/// What goes into one file of a checkpoint: small tensors as they are, and float32 values as planes.
public struct CheckpointContent: Sendable {
  /// One tensor of planes, [4, count], somewhere in a buffer.
  public struct Planes: Sendable {
    public let name: String
    /// Where it begins in the buffer, in bytes.
    public let offset: Int
    /// Float32 values.
    public let count: Int

    public init(name: String, offset: Int, count: Int) {
      self.name = name
      self.offset = offset
      self.count = count
    }
  }

  /// How a tensor of planes is read, for other programs.
  public static let explanation =
    "tensors of dtype U8 and shape [4, n] are n little-endian float32 values: row k holds byte k of "
    + "every value, so x.T.copy().view('<f4') in numpy joins them"
  /// How a difference is undone, for other programs.
  public static let differenceExplanation =
    "d = the uint32 values of a plane tensor; value bits = base bits + ((d >> 1) ^ -(d & 1)) modulo "
    + "2^32, base being the tensor of the same name in the part of the same number of generation "

  public var metadata: [String: String]
  public var small: [SafetensorsTensor]
  /// One after another in the buffer, without gaps.
  public var planes: [Planes]
  public var buffer: PlaneBuffer

  public init(
    metadata: [String: String], small: [SafetensorsTensor], planes: [Planes], buffer: PlaneBuffer
  ) {
    self.metadata = metadata
    self.small = small
    self.planes = planes
    self.buffer = buffer
  }

  private var planeBytes: Int { planes.reduce(0) { $0 + BytePlanes.count * $1.count } }

  /// Turns the planes into their difference to another content's of the same layout.
  public func subtract(_ base: PlaneBuffer, threads: Int) {
    let size = 1 << 18
    for tensor in planes {
      let stride = tensor.count
      nonisolated(unsafe) let mine = pointer(buffer, tensor)
      nonisolated(unsafe) let theirs = pointer(base, tensor)
      let chunks = (stride + size - 1) / size
      BackgroundThreads.run(min(threads, chunks)) { thread in
        for chunk in Swift.stride(from: thread, to: chunks, by: min(threads, chunks)) {
          BytePlanes.difference(
            mine, base: theirs, stride: stride,
            range: chunk * size..<min((chunk + 1) * size, stride))
        }
      }
    }
  }

  private func pointer(_ buffer: PlaneBuffer, _ tensor: Planes) -> UnsafeMutablePointer<UInt8> {
    (buffer.bytes.baseAddress! + tensor.offset).assumingMemoryBound(to: UInt8.self)
  }

  /// Writes the file, durably and atomically; header and small tensors are the first frame.
  ///
  /// - Returns: Size and SHA-256 of the file.
  /// - Throws: `FileError`, `CheckpointCancelled`; there is no file then.
  public func write(
    to path: String, level: Int, threads: Int,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> (bytes: Int, sha256: String) {
    var head = SafetensorsWriter.header(
      small.map { ($0.name, $0.type, $0.shape) }
        + planes.map { ($0.name, .uint8, [BytePlanes.count, $0.count]) }, metadata: metadata)
    for tensor in small { head.append(tensor.bytes) }
    return try head.withUnsafeBytes { head in
      try CheckpointPartWriter.write(
        [head, UnsafeRawBufferPointer(rebasing: buffer.bytes[..<planeBytes])], to: path,
        level: level, threads: threads, isCancelled: isCancelled)
    }
  }
}
