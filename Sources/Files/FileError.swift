import Foundation

/// A file operation that the system refused.
public struct FileError: Error, Codable, CustomStringConvertible {
  public let path: String
  public let operation: String
  /// The system's error number, such as ENOSPC.
  public let code: Int32

  public init(path: String, operation: String, code: Int32 = errno) {
    self.path = path
    self.operation = operation
    self.code = code
  }

  public var description: String {
    "\(path): cannot \(operation): \(String(cString: strerror(code)))"
  }

  /// What a user can do about a failure.
  public static func remedy(_ code: Int32?) -> String {
    switch code {
    case ENOSPC, EDQUOT: "free some space, or raise the quota"
    case EACCES, EPERM, EROFS: "make the run directory readable and writable again"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    default: "look at the disk or the file server"
    }
  }

  /// Whether the disk is full or the system fails, rather than a wrong path or missing permission.
  public var isOfTheDisk: Bool {
    ![
      ENOENT, ENOTDIR, EISDIR, EEXIST, ENOTEMPTY, EBUSY, EXDEV, EACCES, EPERM, EROFS, ELOOP,
      ENAMETOOLONG, EINVAL,
      ENXIO,
    ].contains(code)
  }
}
