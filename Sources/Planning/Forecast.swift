import Tasks

/// How long a job takes.
public struct Forecast: Sendable, Equatable {
  /// Seconds until the last task is done.
  public let seconds: Double
  /// The share of the ranks' time in which they have nothing to do.
  public let idle: Double

  /// A job that leases its tasks in their order, each to the group that is free first.
  ///
  /// - Parameters:
  ///   - tasks: Seconds of each, in the order in which they are leased.
  ///   - speeds: Of each group, as a multiple of what `tasks` are in.
  public init(tasks: [Double], speeds: [Double]) {
    var free = speeds.map { _ in 0.0 }
    var work = 0.0
    for task in tasks {
      // Of equals the first.
      guard let next = free.indices.min(by: { (free[$0], $0) < (free[$1], $1) }) else { break }
      free[next] += task / speeds[next]
      work += task / speeds[next]
    }
    seconds = free.max() ?? 0
    idle = seconds > 0 ? 1 - work / (seconds * Double(speeds.count)) : 0
  }

  /// A job whose ranks join other tasks when there is no other one.
  ///
  /// - Parameter tasks: Seconds of each on one rank.
  public init(tasks: [Double], ranks: Int, _ speedup: Speedup) {
    seconds = RankAllotment.seconds(tasks, ranks: ranks, speedup)
    idle =
      seconds > 0
      ? max(0, 1 - RankAllotment.busy(tasks, seconds: seconds, speedup) / Double(ranks)) : 0
  }
}
