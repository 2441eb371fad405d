import Foundation

/// Files that follow from something else and grow with it: a crash may leave them short or torn, and then
/// they are brought up to date.
public enum GrowingFile {
  /// The file does not hold what was written to it.
  public struct Changed: Error, CustomStringConvertible {
    public let path: String
    public var description: String { "\(path): was changed by somebody else" }
  }

  /// Lets a file hold these bytes; what it has of them stays where it is. The directory is made if need be.
  ///
  /// - Parameter syncs: Whether the bytes are on the disk afterwards; a new name need not be.
  /// - Throws: `FileError`, also for what is no regular file; the file may hold a part of them then.
  public static func bring(_ path: String, to bytes: Data, syncs: Bool) throws {
    let there = try AtomicFile.read(path)
    if there == nil { try AtomicFile.makeDirectory(AtomicFile.parent(of: path)) }
    let old = there ?? Data()
    let same = zip(old, bytes).lazy.prefix { $0 == $1 }.reduce(0) { count, _ in count + 1 }
    try write(bytes.dropFirst(same), to: path, at: same, cuts: old.count > same, syncs: syncs)
  }

  /// Adds bytes to a file.
  ///
  /// - Parameter offset: Bytes that it holds.
  /// - Throws: `FileError`, or `Changed` if it holds others; a part of the bytes may be written then.
  public static func append(_ bytes: Data, to path: String, at offset: Int) throws {
    guard try FileKind.size(of: path) == offset else { throw Changed(path: path) }
    try write(bytes, to: path, at: offset, cuts: false, syncs: false)
  }

  private static func write(
    _ bytes: Data, to path: String, at offset: Int, cuts: Bool, syncs: Bool
  ) throws {
    // Never waits, as for somebody who reads a pipe.
    let file = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileError(path: path, operation: "open the file for writing") }
    defer { close(file) }
    try requireFile(file, path)
    if cuts, ftruncate(file, off_t(offset)) != 0 {
      throw FileError(path: path, operation: "cut the file")
    }
    guard lseek(file, off_t(offset), SEEK_SET) >= 0 else {
      throw FileError(path: path, operation: "find the end of the file")
    }
    try AtomicFile.writeAll(bytes, to: file, path: path)
    guard !syncs || fsync(file) == 0 else {
      throw FileError(path: path, operation: "sync the file")
    }
  }

  /// Refuses an open file that is no regular one.
  private static func requireFile(_ file: Int32, _ path: String) throws {
    var status = stat()
    guard fstat(file, &status) == 0 else {
      throw FileError(path: path, operation: "ask for the kind of file")
    }
    guard let instead = FileKind.instead(status.st_mode) else { return }
    throw FileError(path: path, isNoFileBut: instead, isDirectory: false)
  }
}
