import Digest
import Files
import Foundation

/// Writes one file of a checkpoint: a safetensors file in zstd frames, compressed by several threads.
final class CheckpointPartWriter: @unchecked Sendable {
  // Unchecked: what the threads share is used under `turn` alone, and `written` and `digest` by the
  // thread whose frame is next.

  private let contents: [UnsafeRawBufferPointer]
  private let level: Int
  private let isCancelled: @Sendable () -> Bool
  private let turn = NSCondition()
  private var taken = 0
  private var next = 0
  private var failure: (any Error)?
  private let digest = SHA256()
  private var written = 0

  private init(
    _ sections: [UnsafeRawBufferPointer], level: Int, isCancelled: @escaping @Sendable () -> Bool
  ) {
    contents = sections.flatMap { section in
      stride(from: 0, to: section.count, by: ZstdFrames.contentBytes).map {
        UnsafeRawBufferPointer(
          rebasing: section[$0..<min($0 + ZstdFrames.contentBytes, section.count)])
      }
    }
    self.level = level
    self.isCancelled = isCancelled
  }

  /// Writes `sections`, each beginning a new frame, durably and atomically to `path`.
  ///
  /// - Parameters:
  ///   - sections: The content; it must stay as it is meanwhile.
  ///   - threads: Threads that compress.
  /// - Returns: Size and SHA-256 of the file.
  /// - Throws: `FileError`, `CheckpointCancelled`; there is no file then.
  static func write(
    _ sections: [UnsafeRawBufferPointer], to path: String, level: Int, threads: Int,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> (bytes: Int, sha256: String) {
    let writer = CheckpointPartWriter(sections, level: level, isCancelled: isCancelled)
    try AtomicFile.write(to: path) { file in
      BackgroundThreads.run(min(threads, writer.contents.count)) { _ in
        writer.compress(into: file, path: path)
      }
      if let failure = writer.failure { throw failure }
    }
    return (writer.written, writer.digest.finish())
  }

  private func compress(into file: Int32, path: String) {
    let compressor = ZstdFrames.Compressor(level: level)
    while let index = take() {
      let frame = compressor.frame(contents[index])
      turn.lock()
      while next != index && failure == nil { turn.wait() }
      let stops = failure != nil
      turn.unlock()
      if stops { return }
      let outcome = Result {
        if isCancelled() { throw CheckpointCancelled() }
        try AtomicFile.writeAll(frame, to: file, path: path)
        digest.update(frame)
        written += frame.count
      }
      turn.lock()
      if case .failure(let error) = outcome { failure = error }
      next += 1
      turn.broadcast()
      turn.unlock()
    }
  }

  /// The next frame to compress; nil: there is none, or it is no use.
  private func take() -> Int? {
    turn.lock()
    defer { turn.unlock() }
    guard failure == nil, taken < contents.count else { return nil }
    taken += 1
    return taken - 1
  }
}
