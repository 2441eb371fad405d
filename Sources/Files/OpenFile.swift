import Foundation

/// A regular file open for reading, closed with its last owner.
public final class OpenFile: Sendable {
  let path: String
  public let descriptor: Int32
  /// Its size when it was opened, in bytes.
  let size: Int
  private let isPipe: Bool

  /// Seconds that a pipe may take for its next byte.
  private static let longestWait: Int32 = 30

  /// Opens without waiting: a pipe that nobody writes to, a terminal or a tape would block.
  ///
  /// - Throws: `FileError`, also for what is no regular file.
  public convenience init(_ path: String) throws { try self.init(path, allowsPipe: false) }

  /// - Parameter allowsPipe: Whether a pipe will do, as the shell's `<(…)` gives one.
  init(_ path: String, allowsPipe: Bool) throws {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      // A socket, or a device that is not there, cannot be opened.
      if code == ENXIO, let mode = try FileKind.status(path)?.st_mode,
        let instead = FileKind.instead(mode)
      {
        throw FileError(path: path, isNoFileBut: instead, isDirectory: false)
      }
      throw FileError(path: path, operation: "open the file", code: code)
    }
    self.descriptor = descriptor
    self.path = path
    var status = stat()
    let code = fstat(descriptor, &status) == 0 ? 0 : errno
    size = Int(status.st_size)
    isPipe = status.st_mode & S_IFMT == S_IFIFO
    // The descriptor has its owner, so that it is closed whatever is thrown from here on.
    if code != 0 { throw FileError(path: path, operation: "ask for the kind of file", code: code) }
    if let instead = FileKind.instead(status.st_mode), !(isPipe && allowsPipe) {
      throw FileError(
        path: path, isNoFileBut: instead, isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    }
  }

  deinit { close(descriptor) }

  /// All bytes that are still to be read, at most `limit`.
  ///
  /// - Throws: `FileError`.
  func contents(limit: Int) throws -> Data {
    // A size may be a lie of a sparse file, so no more is taken at once than a model needs.
    var data = Data(capacity: min(limit, size, 1 << 30))
    var piece = [UInt8](repeating: 0, count: min(limit, 1 << 18))
    while data.count < limit {
      let count = read(descriptor, &piece, min(piece.count, limit - data.count))
      let code = errno
      if count < 0 && code == EINTR { continue }
      if count < 0 && code == EAGAIN && isPipe {
        try waitForPipe()
        continue
      }
      guard count >= 0 else { throw FileError(path: path, operation: "read the file", code: code) }
      if count == 0 { break }
      data.append(contentsOf: piece[..<count])
    }
    return data
  }

  private func waitForPipe() throws {
    var wish = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let ready = poll(&wish, 1, 1000 * Self.longestWait)
    let code = errno
    if ready > 0 || ready < 0 && code == EINTR { return }
    throw FileError(
      path: path, operation: "read the pipe", code: ready == 0 ? ETIMEDOUT : code)
  }
}
