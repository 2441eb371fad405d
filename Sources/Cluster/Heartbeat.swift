import Foundation
import RunStore

/// Shows to a supervisor that every group lives, by the time of the run's lock file.
///
/// The time shown is the oldest last message among the groups that have not ended, so that one group
/// that hangs is seen though the others go on. One that has no fold asks for work all the time.
struct Heartbeat {
  private let lock: RunLock
  private var lastMessage: [Int: UInt64]
  private var lookedAt: UInt64 = 0
  private var shown: UInt64 = 0

  /// Nanoseconds between two changes of the file.
  private static let interval: UInt64 = 500_000_000

  init(_ lock: RunLock, groups: Int) {
    self.lock = lock
    lastMessage = Dictionary(uniqueKeysWithValues: (0..<groups).map { ($0, Self.now) })
  }

  /// A group has said something.
  mutating func message(group: Int) { lastMessage[group] = Self.now }

  /// A group says nothing any more.
  mutating func end(group: Int) { lastMessage[group] = nil }

  /// Shows the state if it is due, and new.
  mutating func show() {
    let now = Self.now
    guard now &- lookedAt >= Self.interval else { return }
    lookedAt = now
    guard let oldest = lastMessage.values.min(), oldest != shown else { return }
    shown = oldest
    lock.beat(UInt64(Date().timeIntervalSince1970 * 1e9) - (now - oldest))
  }

  /// By a clock that nobody sets.
  private static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }
}
