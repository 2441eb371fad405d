import Foundation

/// What stands at a path.
public enum FileKind: Sendable {
  case directory
  /// A file, or something else that is no directory; opening it tells.
  case file

  /// Follows symbolic links; nil: there is nothing.
  ///
  /// - Throws: `FileError` if nobody can say, which is not the same as nothing.
  public static func of(_ path: String) throws -> FileKind? {
    try status(path).map { $0.st_mode & S_IFMT == S_IFDIR ? .directory : .file }
  }

  /// Bytes of a file; nil: there is none.
  ///
  /// - Throws: `FileError` as above.
  public static func size(of path: String) throws -> Int? {
    try status(path).map { Int($0.st_size) }
  }

  /// Refuses what stands at a path and is no regular file; nothing may be there.
  ///
  /// - Throws: `FileError` as above, or that says what stands there.
  public static func requireFile(_ path: String) throws {
    guard let mode = try status(path)?.st_mode, let instead = instead(mode) else { return }
    throw FileError(path: path, isNoFileBut: instead, isDirectory: mode & S_IFMT == S_IFDIR)
  }

  /// Names in a directory, in no order; nil: there is none.
  ///
  /// - Throws: `FileError` as above.
  public static func names(in path: String) throws -> [String]? {
    guard let directory = opendir(path) else {
      let code = errno
      if code == ENOENT { return nil }
      throw FileError(path: path, operation: "open the directory", code: code)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while true {
      // An end and a failure look the same but for this.
      errno = 0
      guard let entry = readdir(directory) else {
        let code = errno
        if code == 0 { return names }
        throw FileError(path: path, operation: "read the directory", code: code)
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) {
          String(cString: $0)
        }
      }
      if name != "." && name != ".." { names.append(name) }
    }
  }

  /// What is no regular file, in words; nil: it is one.
  static func instead(_ mode: mode_t) -> String? {
    switch mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "a directory"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    default: "a device"
    }
  }

  static func status(_ path: String) throws -> stat? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { return nil }
      throw FileError(path: path, operation: "look for the file", code: code)
    }
    return status
  }
}
