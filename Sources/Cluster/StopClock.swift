import Dispatch

/// A stop that took longer than it was allowed to.
struct StopOverdue: Error, CustomStringConvertible {
  let seconds: Double
  /// Those that have not stopped, and where they stand.
  let groups: [String]

  /// Groups that are named.
  private static let named = 4

  var description: String {
    let more = groups.count > Self.named ? "; and \(groups.count - Self.named) more" : ""
    return "the running folds did not stop within \(Int(seconds)) s ("
      + groups.prefix(Self.named).joined(separator: "; ") + more
      + "): the job ends now, and goes on from "
      + "their earlier checkpoints, if there are any, when the same command is run again"
  }
}

/// Why a job stops before its time, and how long that may still take.
struct StopClock {
  /// The reason of the first who asked, and what was added to it later.
  private(set) var reason: String?
  /// Seconds that the stop may take.
  private(set) var bound = 0.0
  private var begun: UInt64 = 0

  /// Only the first who asks counts.
  mutating func begin(_ reason: String, bound: Double) {
    guard self.reason == nil else { return }
    self.reason = reason
    self.bound = bound
    begun = DispatchTime.now().uptimeNanoseconds
  }

  /// Something else that is to be said of the stop.
  mutating func add(_ news: String) { reason = reason.map { "\($0); \(news)" } }

  var isOverdue: Bool {
    reason != nil && Double(DispatchTime.now().uptimeNanoseconds - begun) * 1e-9 > bound
  }
}
