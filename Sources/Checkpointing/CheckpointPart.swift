import Digest
import Files
import Foundation
import Requirements
import Safetensors

/// A file of a checkpoint, read once from end to end before anything in it is believed.
///
/// It is read with `pread` and not mapped, so that a file which another process cuts, or a disk that
/// fails, gives an error and not a signal.
public final class CheckpointPart: Sendable {
  private struct Frame: Sendable {
    /// Its bytes in the file.
    let file: Range<Int>
    /// Its content in the safetensors file.
    let content: Range<Int>
  }

  public let path: String
  /// Bytes of the file.
  public let bytes: Int
  /// SHA-256 of the file.
  public let sha256: String
  /// Bytes of the safetensors file inside.
  public let contentBytes: Int
  public var frameCount: Int { frames.count }
  public var metadata: [String: String] { header.metadata }
  public var names: [String] { header.names }
  private let frames: [Frame]
  private let header: SafetensorsHeader
  private let file: OpenFile

  /// Opens, measures and hashes a file, and reads its header.
  ///
  /// - Parameter expected: What the manifest says of it; nil: whatever it is.
  /// - Throws: `CheckpointError`, `FileError`.
  public init(path: String, expected: (bytes: Int, sha256: String)? = nil) throws {
    do {
      file = try OpenFile(path)
    } catch let error as FileError where error.instead != nil {
      throw CheckpointError(path, "is not a file")
    }
    let descriptor = file.descriptor
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw FileError(path: path, operation: "ask for the size")
    }
    let size = Int(status.st_size)
    if let expected, expected.bytes != size {
      throw CheckpointError(
        path, "has \(size) bytes, but the manifest says \(expected.bytes)")
    }
    (frames, sha256) = try Self.scan(descriptor, size: size, path: path)
    if let expected, expected.sha256 != sha256 {
      throw CheckpointError(path, "is not the file that the manifest knows: its SHA-256 differs")
    }
    self.path = path
    bytes = size
    contentBytes = frames.last?.content.upperBound ?? 0
    guard let first = frames.first else { throw CheckpointError(path, "is empty") }
    var start = Data(count: first.content.count)
    try start.withUnsafeMutableBytes {
      try Self.read(first, into: $0, descriptor, ZstdFrames.Decompressor(), path)
    }
    header = try SafetensorsHeader(start, fileBytes: contentBytes, file: path)
  }

  /// Finds all frames and hashes the file on the way.
  private static func scan(_ descriptor: Int32, size: Int, path: String) throws -> ([Frame], String)
  {
    let window = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(max(size, 1), ZstdFrames.longestFrame), alignment: 64)
    defer { window.deallocate() }
    let digest = SHA256()
    var frames: [Frame] = []
    var filled = 0
    var read = 0
    var content = 0
    while read < size || filled > 0 {
      let wanted = min(window.count - filled, size - read)
      try readAll(
        UnsafeMutableRawBufferPointer(rebasing: window[filled..<filled + wanted]), descriptor,
        at: read, path)
      read += wanted
      filled += wanted
      guard let found = ZstdFrames.measure(UnsafeRawBufferPointer(rebasing: window[..<filled]))
      else {
        throw CheckpointError(path, "no whole zstd frame begins at byte \(read - filled)")
      }
      digest.update(UnsafeRawBufferPointer(rebasing: window[..<found.frame]))
      let start = read - filled
      frames.append(
        Frame(file: start..<start + found.frame, content: content..<content + found.content))
      content += found.content
      filled -= found.frame
      if filled > 0 {
        let base = window.baseAddress!
        memmove(base, base + found.frame, filled)
      }
    }
    return (frames, digest.finish())
  }

  /// A tensor's type and shape; nil if there is none.
  public func tensor(_ name: String) -> (type: SafetensorsType, shape: [Int])? {
    header.entries[name].map { ($0.type, $0.shape) }
  }

  /// Reads bytes of a tensor.
  ///
  /// - Parameters:
  ///   - range: Bytes inside the tensor.
  ///   - target: As many bytes.
  ///   - threads: Threads that decompress.
  /// - Throws: `CheckpointError`, `FileError`.
  public func read(
    _ name: String, range: Range<Int>, into target: UnsafeMutableRawBufferPointer, threads: Int
  ) throws {
    guard let entry = header.entries[name] else {
      throw CheckpointError(path, "holds no tensor \"\(name)\"")
    }
    require(
      range.upperBound <= entry.range.count && range.count == target.count,
      "bytes \(range) of \(entry.range.count), into \(target.count)")
    let start = header.dataStart + entry.range.lowerBound
    let wanted = start + range.lowerBound..<start + range.upperBound
    if wanted.isEmpty { return }
    let first = frames.firstIndex { $0.content.upperBound > wanted.lowerBound } ?? 0
    let last = frames.lastIndex { $0.content.lowerBound < wanted.upperBound } ?? 0
    let taker = FrameTaker(first...last)
    nonisolated(unsafe) let target = target
    BackgroundThreads.run(min(threads, last - first + 1)) { [self] _ in
      let decompressor = ZstdFrames.Decompressor()
      while let index = taker.take() {
        taker.note(
          Result { try copy(frames[index], wanted: wanted, into: target, decompressor) })
      }
    }
    try taker.result()
  }

  /// Reads a small tensor as it is.
  ///
  /// - Throws: `CheckpointError` unless it has this type.
  public func bytes(of name: String, type: SafetensorsType) throws -> Data {
    guard let entry = header.entries[name] else {
      throw CheckpointError(path, "holds no tensor \"\(name)\"")
    }
    guard entry.type == type else {
      throw CheckpointError(
        path, "tensor \"\(name)\" is \(entry.type.rawValue), not \(type.rawValue)")
    }
    var data = Data(count: entry.range.count)
    try data.withUnsafeMutableBytes {
      try read(name, range: 0..<entry.range.count, into: $0, threads: 1)
    }
    return data
  }

  /// Decompresses every frame, so that each checksum is compared.
  public func verify(threads: Int) throws {
    let taker = FrameTaker(0...frames.count - 1)
    BackgroundThreads.run(min(threads, frames.count)) { [self] _ in
      let decompressor = ZstdFrames.Decompressor()
      let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ZstdFrames.contentBytes, alignment: 64)
      defer { scratch.deallocate() }
      while let index = taker.take() {
        let target = UnsafeMutableRawBufferPointer(
          rebasing: scratch[..<frames[index].content.count])
        taker.note(
          Result { try Self.read(frames[index], into: target, file.descriptor, decompressor, path) }
        )
      }
    }
    try taker.result()
  }

  /// Puts what is wanted of a frame where it belongs.
  private func copy(
    _ frame: Frame, wanted: Range<Int>, into target: UnsafeMutableRawBufferPointer,
    _ decompressor: ZstdFrames.Decompressor
  ) throws {
    let part = frame.content.clamped(to: wanted)
    let place = UnsafeMutableRawBufferPointer(
      rebasing: target[part.lowerBound - wanted.lowerBound..<part.upperBound - wanted.lowerBound])
    if part == frame.content {
      try Self.read(frame, into: place, file.descriptor, decompressor, path)
      return
    }
    let scratch = UnsafeMutableRawBufferPointer.allocate(
      byteCount: frame.content.count, alignment: 64)
    defer { scratch.deallocate() }
    try Self.read(frame, into: scratch, file.descriptor, decompressor, path)
    let shift = part.lowerBound - frame.content.lowerBound
    place.copyMemory(from: UnsafeRawBufferPointer(rebasing: scratch[shift..<shift + part.count]))
  }

  private static func read(
    _ frame: Frame, into content: UnsafeMutableRawBufferPointer, _ descriptor: Int32,
    _ decompressor: ZstdFrames.Decompressor, _ path: String
  ) throws {
    let packed = UnsafeMutableRawBufferPointer.allocate(
      byteCount: frame.file.count, alignment: 64)
    defer { packed.deallocate() }
    try readAll(packed, descriptor, at: frame.file.lowerBound, path)
    if let reason = decompressor.fill(content, from: UnsafeRawBufferPointer(packed)) {
      throw CheckpointError(
        path, "the frame at byte \(frame.file.lowerBound) is damaged: \(reason)")
    }
  }

  private static func readAll(
    _ target: UnsafeMutableRawBufferPointer, _ descriptor: Int32, at offset: Int, _ path: String
  ) throws {
    var done = 0
    while done < target.count {
      let count = pread(
        descriptor, target.baseAddress! + done, target.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path: path, operation: "read the checkpoint") }
      guard count > 0 else { throw CheckpointError(path, "has become shorter") }
      done += count
    }
  }
}

/// Hands out frames to threads, and keeps the first error.
private final class FrameTaker: @unchecked Sendable {
  // Unchecked: all of it is used under `lock`.
  private let lock = NSLock()
  private var next: Int
  private let last: Int
  private var failure: (any Error)?

  init(_ range: ClosedRange<Int>) {
    next = range.lowerBound
    last = range.upperBound
  }

  func take() -> Int? {
    lock.withLock {
      guard failure == nil, next <= last else { return nil }
      next += 1
      return next - 1
    }
  }

  func note(_ result: Result<Void, any Error>) {
    if case .failure(let error) = result { lock.withLock { failure = failure ?? error } }
  }

  func result() throws { if let failure { throw failure } }
}
