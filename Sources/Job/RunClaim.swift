import Console
import Files
import Foundation
import RunStore

/// A run directory that this job alone may use, from before it reads the data on.
///
/// Until the first fold is trained it shows to a supervisor that this process lives: large data take
/// their time.
public final class RunClaim {
  public let directory: RunDirectory
  /// Keeps other jobs out while this one runs.
  public let lock: RunLock
  private let signs: any DispatchSourceTimer
  /// What this job has made: the lock, and directories, deepest first.
  private let hasMadeLock: Bool
  private let made: [String]

  /// Seconds in which a killed job's last ranks are gone, on several hosts too.
  private static let patience = 6.0
  /// Seconds between two signs of life.
  private static let interval = 0.5

  /// - Throws: As `RunDirectory.prepare` and `RunLock`.
  init(_ path: String, warn: (String) -> Void) throws {
    directory = RunDirectory(path)
    made = Self.missing(path)
    try directory.prepare()
    hasMadeLock = !Self.isThere(directory.lockPath)
    lock = try RunLock(
      directory, owner: .init(host: Place.host, pid: getpid(), since: LedgerRecord.now),
      patience: Self.patience, warn: warn)
    signs = DispatchSource.makeTimerSource(queue: .global())
    signs.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
    signs.setEventHandler { [lock] in lock.beat(UInt64(Date().timeIntervalSince1970 * 1e9)) }
    signs.activate()
  }

  deinit { signs.cancel() }

  /// From now on the coordinator shows whether the groups live.
  public func beginTraining() { signs.cancel() }

  /// Removes what this job has made: nothing was begun.
  public func undo() {
    signs.cancel()
    if hasMadeLock { unlink(directory.lockPath) }
    // Whatever holds something stays.
    for path in made { rmdir(path) }
  }

  /// The directories of a path that are not there, deepest first.
  private static func missing(_ path: String) -> [String] {
    Array(
      sequence(first: path) { AtomicFile.parent(of: $0) }.prefix { !isThere($0) })
  }

  private static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 || errno != ENOENT }
}
