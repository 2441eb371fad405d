import Foundation

/// Files that appear whole or not at all.
public enum AtomicFile {
  /// Writes `data` under a temporary name beside `path`, syncs it, renames it and syncs the directory.
  ///
  /// - Throws: `FileError` that names `path`; then the temporary is gone and whatever stood at `path`
  ///   is untouched, unless only the directory could not be synced: the new file is then whole, but may be lost.
  public static func write(_ data: Data, to path: String) throws {
    try write(to: path) { try writeAll(data, to: $0, path: path) }
  }

  /// The same for what nobody needs after a crash: it is not synced.
  public static func replace(_ data: Data, at path: String) throws {
    try write(to: path, syncs: false) { try writeAll(data, to: $0, path: path) }
  }

  /// As above, with the bytes that `body` writes to a descriptor.
  public static func write(to path: String, _ body: (Int32) throws -> Void) throws {
    try write(to: path, syncs: true, body)
  }

  private static func write(to path: String, syncs: Bool, _ body: (Int32) throws -> Void) throws {
    let temporary = path + ".\(getpid()).tmp"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileError(path: path, operation: "create the file") }
    do {
      do {
        defer { close(file) }
        try body(file)
        guard !syncs || fsync(file) == 0 else {
          throw FileError(path: path, operation: "sync the file")
        }
      }
      guard rename(temporary, path) == 0 else {
        throw FileError(path: path, operation: "rename the finished file")
      }
    } catch {
      unlink(temporary)
      throw error
    }
    if syncs { try syncDirectory(parent(of: path)) }
  }

  /// Writes all of `data` at a descriptor's position.
  public static func writeAll(_ data: Data, to file: Int32, path: String) throws {
    try data.withUnsafeBytes { try writeAll($0, to: file, path: path) }
  }

  public static func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32, path: String) throws
  {
    var done = 0
    while done < bytes.count {
      let written = Foundation.write(file, bytes.baseAddress! + done, bytes.count - done)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw FileError(path: path, operation: "write to the file") }
      done += written
    }
  }

  /// A regular file's bytes, or the first `limit` of them; nil: there is no such file.
  ///
  /// Never waits: a pipe, a socket or a device is refused unread.
  ///
  /// - Parameter allowsPipe: Whether a pipe is read too, as the shell's `<(…)` gives one.
  /// - Throws: `FileError` if nobody can say what it holds, or if it is no file.
  public static func read(_ path: String, limit: Int = .max, allowsPipe: Bool = false) throws
    -> Data?
  {
    do {
      return try OpenFile(path, allowsPipe: allowsPipe).contents(limit: limit)
    } catch let error as FileError where error.code == ENOENT {
      return nil
    }
  }

  /// A regular file's bytes from `offset` on, none if it is shorter; nil: there is no such file.
  ///
  /// - Throws: `FileError` as above.
  public static func read(_ path: String, from offset: Int) throws -> Data? {
    do {
      let file = try OpenFile(path)
      guard lseek(file.descriptor, off_t(offset), SEEK_SET) >= 0 else {
        throw FileError(path: path, operation: "read the file")
      }
      return try file.contents(limit: .max)
    } catch let error as FileError where error.code == ENOENT {
      return nil
    }
  }

  /// Makes a rename or a new name in a directory durable.
  public static func syncDirectory(_ path: String) throws {
    let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw FileError(path: path, operation: "open the directory") }
    defer { close(directory) }
    guard fsync(directory) == 0 else {
      throw FileError(path: path, operation: "sync the directory")
    }
  }

  /// Makes a directory, and those above it, durably; one that is there already is no error.
  ///
  /// - Throws: `FileError`.
  public static func makeDirectory(_ path: String) throws {
    if mkdir(path, 0o777) == 0 { return try syncDirectory(parent(of: path)) }
    var code = errno
    let parent = parent(of: path)
    if code == ENOENT && parent != path {
      try makeDirectory(parent)
      if mkdir(path, 0o777) == 0 { return try syncDirectory(parent) }
      code = errno
    }
    if try code == EEXIST && FileKind.of(path) == .directory { return }
    throw FileError(path: path, operation: "make the directory", code: code)
  }

  /// The directory that a path lies in. Foundation's own function traps at names of one letter.
  public static func parent(of path: String) -> String {
    let name = path.lastIndex { $0 != "/" } ?? path.startIndex
    guard let slash = path[..<name].lastIndex(of: "/") else {
      return path.hasPrefix("/") ? "/" : "."
    }
    let parent = path[..<slash]
    return parent.isEmpty ? "/" : String(parent)
  }
}
