import Foundation

/// A file operation that the system refused, or something that is no file where one is needed.
public struct FileError: Error, Codable, CustomStringConvertible {
  public let path: String
  public let operation: String
  /// The system's error number, such as ENOSPC.
  public let code: Int32
  /// What stands at the path instead of a file, such as `a pipe`; nil: the system refused.
  public let instead: String?

  /// - Parameter code: Read before anything else can change it, if it is left out.
  public init(path: String, operation: String, code: Int32 = errno) {
    self.path = path
    self.operation = operation
    self.code = code
    instead = nil
  }

  /// Something that is no regular file; it was not read.
  init(path: String, isNoFileBut kind: String, isDirectory: Bool) {
    self.path = path
    operation = "read it as a file"
    code = isDirectory ? EISDIR : ESPIPE
    instead = kind
  }

  public var description: String {
    if let instead { return "\(path): is \(instead), not a file" }
    return "\(path): cannot \(operation): \(String(cString: strerror(code)))"
  }

  /// What a user can do about a failure.
  public static func remedy(_ code: Int32?) -> String {
    switch code {
    case ENOSPC, EDQUOT: "free some space, or raise the quota"
    case EACCES, EPERM: "give this user the right to read and write it"
    case EROFS: "its file system is read-only: choose a directory on another"
    case ENOTDIR, EISDIR, ESPIPE, ENXIO: "move away what stands in its place"
    case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
    default: "look at the disk or the file server"
    }
  }

  /// Whether the system refuses a right path: a missing permission, a full or failing disk. The same
  /// command may work later, so a program ends with status 74. Otherwise the path itself is wrong,
  /// whoever asks and whenever: status 2.
  public var isOfTheSystem: Bool {
    ![
      ENOENT, ENOTDIR, EISDIR, EEXIST, ENOTEMPTY, EBUSY, EXDEV, ELOOP, ENAMETOOLONG, EINVAL, ENXIO,
      ESPIPE,
    ].contains(code)
  }
}
