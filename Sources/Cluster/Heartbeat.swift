import Foundation
import RunStore

/// Shows to a supervisor that every group moves on, by the time of the run's lock file.
///
/// The time shown is the oldest last progress among the groups that train, so that one group that
/// hangs is seen though the others go on.
struct Heartbeat {
  private let lock: RunLock
  private var lastProgress: [Int: UInt64] = [:]
  private var shownAt: UInt64 = 0

  /// Nanoseconds between two changes of the file.
  private static let interval: UInt64 = 500_000_000

  init(_ lock: RunLock) { self.lock = lock }

  /// A group began a fold or trained on.
  mutating func progress(group: Int) { lastProgress[group] = Self.now }

  /// A group has no fold any more.
  mutating func end(group: Int) { lastProgress[group] = nil }

  /// Shows the state if it is due.
  mutating func show() {
    let now = Self.now
    guard now &- shownAt >= Self.interval else { return }
    shownAt = now
    lock.beat(lastProgress.values.min() ?? now)
  }

  private static var now: UInt64 { UInt64(Date().timeIntervalSince1970 * 1e9) }
}
