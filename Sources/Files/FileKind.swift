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
    try status(path).map { $0.st_mode & S_IFMT == S_IFDIR ? .directory : .file }
  }

  /// Bytes of a file; nil: there is none.
  ///
  /// - Throws: `FileError` as above.
  public static func size(of path: String) throws -> Int? {
    try status(path).map { Int($0.st_size) }
  }

  /// Names in a directory; nil: there is none.
  ///
  /// - Throws: `FileError` as above.
  public static func names(in path: String) throws -> [String]? {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return nil }
      throw FileError(path: path, operation: "open the directory")
    }
    closedir(directory)
    return try FileManager.default.contentsOfDirectory(atPath: path)
  }

  private static func status(_ path: String) throws -> stat? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileError(path: path, operation: "look for the file")
    }
    return status
  }
}
