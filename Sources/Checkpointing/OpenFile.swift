import Foundation

/// A file open for reading, closed with its last owner.
final class OpenFile: Sendable {
  let path: String
  let descriptor: Int32

  /// - Throws: `FileError`.
  init(_ path: String) throws {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open the file") }
    self.path = path
  }

  deinit { close(descriptor) }

  /// The file's bytes from its start, at most `limit`.
  ///
  /// - Throws: `FileError`.
  func contents(limit: Int) throws -> Data {
    var data = Data()
    var piece = [UInt8](repeating: 0, count: min(limit, 1 << 16))
    while data.count < limit {
      let wanted = min(piece.count, limit - data.count)
      let count = pread(descriptor, &piece, wanted, off_t(data.count))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path: path, operation: "read the file") }
      if count == 0 { break }
      data.append(contentsOf: piece[..<count])
    }
    return data
  }
}
