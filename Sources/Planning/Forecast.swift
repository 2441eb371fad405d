import Tasks

/// How long a job takes that leases its tasks in their order, each to the group that is free first.
public struct Forecast: Sendable, Equatable {
  /// Seconds until the last task is done.
  public let seconds: Double
  /// Seconds of all tasks together, each by one group.
  public let work: Double
  /// Groups that train.
  public let groups: Int

  /// The share of the groups' time in which they have nothing to do.
  public var idle: Double { seconds > 0 ? 1 - work / (seconds * Double(groups)) : 0 }

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
    self.work = work
    groups = speeds.count
  }
}
