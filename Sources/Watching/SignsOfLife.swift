import Dispatch
import Foundation
import RunStore

/// Whether a job lives that has not said that it ended.
struct SignsOfLife {
  /// Seconds without a sign after which a job counts as silent. It shows life every second, but for a group
  /// that takes longer for a step, of which the log warns after 30 s or more.
  private static let longest = 60.0

  private var last: (beat: Date, time: Double)?
  /// By this process's own clock, which no host sets.
  private var changedAt: Double?

  /// - Parameters:
  ///   - sight: Of the lock; nil: there is none.
  ///   - now: By this host's clock, which may differ from the job's.
  mutating func phase(_ sight: RunLock.Sight?, _ progress: JobProgress?, now: Date)
    -> WatchState.Phase
  {
    guard let sight else { return .dead(since: now) }
    let seconds = Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
    let sign = (beat: sight.beat, time: progress?.time ?? 0)
    if let last, last != sign { changedAt = seconds }
    last = sign
    // What rank 0 says of itself does not count while a group hangs: the lock's time does.
    if sight.isHeld == false { return .dead(since: sight.beat) }
    if let changedAt, seconds - changedAt < Self.longest { return .running }
    return now.timeIntervalSince(sight.beat) < Self.longest
      ? .running : sight.isHeld == true ? .silent(since: sight.beat) : .dead(since: sight.beat)
  }
}
