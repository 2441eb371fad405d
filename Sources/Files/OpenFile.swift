import Foundation

/// A file open for reading, closed with its last owner.
public final class OpenFile: Sendable {
  let path: String
  public let descriptor: Int32

  /// - Throws: `FileError`.
  public init(_ path: String) throws {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, operation: "open the file") }
    self.path = path
  }

  deinit { close(descriptor) }

  /// All bytes that are still to be read, at most `limit`; from a pipe too.
  ///
  /// - Throws: `FileError`.
  func contents(limit: Int) throws -> Data {
    var data = Data()
    var piece = [UInt8](repeating: 0, count: min(limit, 1 << 16))
    while data.count < limit {
      let count = read(descriptor, &piece, min(piece.count, limit - data.count))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError(path: path, operation: "read the file") }
      if count == 0 { break }
      data.append(contentsOf: piece[..<count])
    }
    return data
  }
}
