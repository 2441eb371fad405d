import Dispatch
import Foundation
import RunStore

/// Whether a job lives that has not said that it ended.
struct SignsOfLife {
  /// Seconds without a sign after which a job counts as silent. It shows life every second, but for a group
  /// that takes longer for a step, of which the log warns after 30 s or more.
  private static let longest = 60.0

  /// What was seen last, and when it was seen to change.
  private var beat = Sign<Date>()
  private var word = Sign<Double>()

  /// - Parameters:
  ///   - sight: Of the lock; nil: there is none.
  ///   - progress: What rank 0 says; nil: nothing.
  ///   - ledger: When the ledger last said something; nil: not known.
  ///   - now: By this host's clock, which may differ from the job's.
  mutating func phase(
    _ sight: RunLock.Sight?, _ progress: JobProgress?, ledger: Date?, now: Date
  ) -> WatchState.Phase {
    // The lock's time is that of the group that has been silent longest; others have gone on.
    let last = [sight?.beat, progress.map { Date(timeIntervalSince1970: $0.time) }, ledger]
      .compactMap { $0 }.max()
    guard let sight else { return .dead(since: last) }
    beat.see(sight.beat)
    if let progress { word.see(progress.time) }
    if sight.isHeld == false { return .dead(since: last) }
    if beat.isFresh || now.timeIntervalSince(sight.beat) < Self.longest { return .running }
    // What rank 0 says of itself does not count while a group hangs, but that it lives.
    return sight.isHeld == true || word.isFresh ? .silent(since: sight.beat) : .dead(since: last)
  }

  /// Something that changes while a job lives.
  private struct Sign<Value: Equatable> {
    private var last: Value?
    /// By this process's own clock, which no host sets.
    private var changedAt: Double?

    mutating func see(_ value: Value) {
      if let last, last != value { changedAt = Self.now }
      last = value
    }

    /// Whether it was seen to change within the time.
    var isFresh: Bool { changedAt.map { Self.now - $0 < SignsOfLife.longest } ?? false }

    private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
  }
}
