import Foundation

/// What stands at a path.
public enum FileKind: Sendable {
  case directory
  /// A file, or something that can be opened like one.
  case file

  /// Follows symbolic links; nil: there is nothing.
  ///
  /// - Throws: `FileError` if nobody can say, which is not the same as nothing.
  public static func of(_ path: String) throws -> FileKind? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileError(path: path, operation: "look for the file")
    }
    return status.st_mode & S_IFMT == S_IFDIR ? .directory : .file
  }
}
