import Files
import Foundation

/// Another job writes to the run directory.
public struct RunInUse: Error, CustomStringConvertible {
  public let path: String
  /// Who holds it; nil if that cannot be read.
  public let owner: RunLock.Owner?
  /// The lock file, if the job's first rank is gone and others of its ranks are not.
  public let lockOfRanks: String?
  /// Where these ranks may be: the hosts of the last job in the ledger, if that can be read.
  public let hosts: [String]

  init(_ directory: RunDirectory, onlyRanks: Bool) {
    path = directory.path
    owner = RunLock.owner(of: directory)
    lockOfRanks = onlyRanks ? directory.lockPath : nil
    let last = onlyRanks ? (try? directory.ledger())?.lastJob : nil
    hosts = Set(last?.machine.hosts ?? []).sorted()
  }

  public var description: String {
    let who = owner.map { "process \($0.pid) on \($0.host), since \($0.since)" } ?? "unknown"
    guard let lockOfRanks else {
      return
        "\(path): another job is using this run directory (\(who)); wait for it, end it, or name "
        + "another directory with --run"
    }
    let names = hosts.joined(separator: ", ")
    let places = names.isEmpty ? "" : " (on \(names), as the ledger has it)"
    return
      "\(path): the first rank of an earlier job (\(who)) is gone, but others of its ranks are "
      + "alive\(places) and may write here; wait for them or end them; if their host is dead for good "
      + "and the file server does not notice, remove \(lockOfRanks)"
  }
}

/// Keeps a second job out of a run directory, and shows that the first one moves on.
///
/// The lock is on the open file (`F_OFD_SETLK`), not the file's existence: the kernel, or the NFS
/// server, lets go of it when the process or its host dies, so a crash leaves nothing to clear away.
/// The file's text only says who holds it; its time of change is the job's heartbeat.
///
/// The first rank of a job holds the file's first byte. The others hold its second one together
/// (`RankLock`), so that a new job does not begin before the last of them is gone.
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

  /// Takes the lock for as long as this object lives.
  ///
  /// - Parameters:
  ///   - patience: Seconds to wait for holders that may be dying.
  ///   - warn: Told where the file system has no locks.
  /// - Throws: `RunInUse` if another job holds it, `RunError` if the file is none of ours, `FileError` if it cannot be made, written or
  ///   touched: without a heartbeat a supervisor would end a job that trains.
  public init(
    _ directory: RunDirectory, owner: Owner, patience: Double, warn: (String) -> Void
  ) throws {
    let path = directory.lockPath
    // A pipe or a device in its place would be opened for writing, and keep nobody out.
    try FileKind.requireFile(path)
    let file = try Self.locked(directory, patience: patience, warn)
    do {
      // Now nobody is in the middle of writing it.
      guard try Self.content(of: directory) != .foreign else {
        throw RunError(
          path,
          "is no lock of htnet's, and would be overwritten; move it away, or name another directory "
            + "with --run")
      }
      let text = try JSONEncoder().encode(owner)
      guard ftruncate(file, 0) == 0 else {
        throw FileError(path: path, operation: "clear the lock file")
      }
      do {
        try AtomicFile.writeAll(text + [UInt8(ascii: "\n")], to: file, path: path)
      } catch {
        // Half a text would be taken for somebody else's.
        _ = ftruncate(file, 0)
        throw error
      }
      guard futimens(file, nil) == 0 else {
        throw FileError(path: path, operation: "change the time of the lock file")
      }
    } catch {
      close(file)
      throw error
    }
    self.file = file
  }

  deinit { close(file) }

  /// The lock file, opened and locked.
  private static func locked(
    _ directory: RunDirectory, patience: Double, _ warn: (String) -> Void
  ) throws -> Int32 {
    let path = directory.lockPath
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw FileError(path: path, operation: "open the lock") }
      do {
        try lock(file, directory, patience: patience, warn)
      } catch {
        close(file)
        throw error
      }
      // A job that was refused before it began removes the file that it had made.
      var (mine, there) = (stat(), stat())
      if fstat(file, &mine) == 0, stat(path, &there) != 0 || mine.st_ino != there.st_ino {
        close(file)
        continue
      }
      return file
    }
  }

  private static func lock(
    _ file: Int32, _ directory: RunDirectory, patience: Double, _ warn: (String) -> Void
  ) throws {
    let patience = Patience(seconds: patience)
    /// Whether there are locks at all.
    func lock(_ byte: LockByte, onlyRanks: Bool) throws -> Bool {
      switch try byte.lock(file, F_WRLCK, patience, path: directory.lockPath) {
      case .held: return true
      case .refused: throw RunInUse(directory, onlyRanks: onlyRanks)
      case .unsupported(let reason):
        warn(
          "\(directory.lockPath): this file system has no locks (\(reason)): see to it that no "
            + "second job uses this run directory")
        return false
      }
    }
    guard try lock(.job, onlyRanks: false), try lock(.ranks, onlyRanks: true) else { return }
    // This job's other ranks will hold it together.
    LockByte.ranks.unlock(file)
  }

  /// What a lock file holds.
  enum Content: Equatable {
    /// Nothing: there is none, or nobody has written to it.
    case nothing
    case owner(Owner)
    /// Something that no job has written.
    case foreign
  }

  /// - Throws: `FileError` if nobody can say.
  static func content(of directory: RunDirectory) throws -> Content {
    guard let text = try AtomicFile.read(directory.lockPath, limit: 1 << 16), !text.isEmpty else {
      return .nothing
    }
    return (try? JSONDecoder().decode(Owner.self, from: text)).map(Content.owner) ?? .foreign
  }

  /// Who holds, or last held, a run directory; nil if nobody ever did or it cannot be read.
  public static func owner(of directory: RunDirectory) -> Owner? {
    guard case .owner(let owner)? = try? content(of: directory) else { return nil }
    return owner
  }

  /// Shows when the job last moved on. That a file system refuses it for once is not worth an error.
  ///
  /// - Parameter time: Nanoseconds since 1970.
  public func beat(_ time: UInt64) {
    let stamp = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    // Another user's file takes the present time only.
    if futimens(file, [stamp, stamp]) != 0 { _ = futimens(file, nil) }
  }
}
