import Checkpointing
import Foundation

/// Another job writes to the run directory.
public struct RunInUse: Error, CustomStringConvertible {
  public let path: String
  /// Who holds it; nil if that cannot be read.
  public let owner: RunLock.Owner?

  public var description: String {
    let who = owner.map { "process \($0.pid) on \($0.host), since \($0.since)" } ?? "unknown"
    return
      "\(path): another job is using this run directory (\(who)); wait for it, end it, or name "
      + "another directory with --run"
  }
}

/// Keeps a second job out of a run directory, and shows that the first one moves on.
///
/// The lock is on the open file (`F_OFD_SETLK`), not the file's existence: the kernel, or the NFS
/// server, lets go of it when the process or its host dies, so a crash leaves nothing to clear away.
/// The file's text only says who holds it; its time of change is the job's heartbeat.
public final class RunLock: Sendable {
  /// Who holds a run directory.
  public struct Owner: Codable, Sendable, Equatable {
    public var host: String
    public var pid: Int32
    /// ISO 8601.
    public var since: String

    public init(host: String, pid: Int32, since: String) {
      self.host = host
      self.pid = pid
      self.since = since
    }
  }

  private let file: Int32

  /// F_OFD_SETLK, which Swift's Glibc module hides. One number on all of Linux.
  private static let lockOpenFile: Int32 = 37

  /// Takes the lock for as long as this object lives.
  ///
  /// - Parameters:
  ///   - patience: Seconds to wait for a holder that may be dying.
  ///   - warn: Told where the file system has no locks.
  /// - Throws: `RunInUse` if another job holds it, `FileError` if it cannot be made.
  public init(
    _ directory: RunDirectory, owner: Owner, patience: Double, warn: (String) -> Void
  ) throws {
    let path = directory.lockPath
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileError(path: path, operation: "open the lock") }
    do {
      try Self.lock(file, path, patience: patience, directory, warn)
      let text = try JSONEncoder().encode(owner)
      guard ftruncate(file, 0) == 0 else {
        throw FileError(path: path, operation: "clear the lock file")
      }
      try AtomicFile.writeAll(text + [UInt8(ascii: "\n")], to: file, path: path)
    } catch {
      close(file)
      throw error
    }
    self.file = file
  }

  deinit { close(file) }

  private static func lock(
    _ file: Int32, _ path: String, patience: Double, _ directory: RunDirectory,
    _ warn: (String) -> Void
  ) throws {
    let start = DispatchTime.now().uptimeNanoseconds
    while true {
      var whole = flock()
      whole.l_type = Int16(F_WRLCK)
      whole.l_whence = Int16(SEEK_SET)
      if fcntl(file, lockOpenFile, &whole) == 0 { return }
      switch errno {
      case EINTR: continue
      case EAGAIN, EACCES:
        guard Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 < patience else {
          throw RunInUse(path: directory.path, owner: owner(of: directory))
        }
        usleep(100_000)
      case ENOLCK, ENOTSUP, ENOSYS, EINVAL:
        warn(
          "\(path): this file system has no locks (\(String(cString: strerror(errno)))): see to it "
            + "that no second job uses this run directory")
        return
      default: throw FileError(path: path, operation: "lock the file")
      }
    }
  }

  /// Who holds, or last held, a run directory; nil if nobody ever did or it cannot be read.
  public static func owner(of directory: RunDirectory) -> Owner? {
    FileManager.default.contents(atPath: directory.lockPath).flatMap {
      try? JSONDecoder().decode(Owner.self, from: $0)
    }
  }

  /// Shows when the job last moved on. A file system that refuses is not worth an error.
  ///
  /// - Parameter time: Nanoseconds since 1970.
  public func beat(_ time: UInt64) {
    let stamp = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    _ = futimens(file, [stamp, stamp])
  }
}
