import Files
import Foundation

/// A byte of a run's lock file that open files can hold, alone or together.
enum LockByte: off_t {
  /// Held by the first rank of a job.
  case job = 0
  /// Held together by the job's other ranks.
  case ranks = 1

  /// What became of a wish to hold it.
  enum Answer {
    case held
    /// Others hold it.
    case refused
    /// The file system has no locks.
    case unsupported(String)
  }

  /// F_OFD_SETLK and F_OFD_GETLK, which Swift's Glibc module hides. One number each on all of Linux.
  private static let (lockOpenFile, askOpenFile): (Int32, Int32) = (37, 36)

  /// Takes the byte for an open file, for as long as that is open.
  ///
  /// - Parameter type: `F_WRLCK` alone, `F_RDLCK` together with others.
  /// - Throws: `FileError` if the system fails.
  func lock(_ file: Int32, _ type: Int32, _ patience: Patience, path: String) throws -> Answer {
    while true {
      switch set(file, type) {
      case 0: return .held
      case EINTR: continue
      case EAGAIN, EACCES:
        guard !patience.isOver else { return .refused }
        usleep(100_000)
      case let code where [ENOLCK, ENOTSUP, ENOSYS, EINVAL].contains(code):
        return .unsupported(String(cString: strerror(code)))
      case let code: throw FileError(path: path, operation: "lock the file", code: code)
      }
    }
  }

  /// Lets go of the byte.
  func unlock(_ file: Int32) { _ = set(file, F_UNLCK) }

  /// Whether another open file holds the byte, alone or together; nil: nobody can say. Nothing changes.
  func isHeld(_ file: Int32) -> Bool? {
    var range = range(F_WRLCK)
    guard fcntl(file, Self.askOpenFile, &range) == 0 else { return nil }
    return range.l_type != Int16(F_UNLCK)
  }

  private func range(_ type: Int32) -> flock {
    var range = flock()
    range.l_type = Int16(type)
    range.l_whence = Int16(SEEK_SET)
    range.l_start = rawValue
    range.l_len = 1
    return range
  }

  /// - Returns: The system's error number; 0: none.
  private func set(_ file: Int32, _ type: Int32) -> Int32 {
    var range = range(type)
    return fcntl(file, Self.lockOpenFile, &range) == 0 ? 0 : errno
  }
}
