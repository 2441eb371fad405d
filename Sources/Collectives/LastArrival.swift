import Dispatch

/// Sees which rank's messages come last, and for how long they alone are missing; looks again and again.
package struct LastArrival {
  private var alone: (rank: Int, since: UInt64)?
  private var were = 0
  /// nil: messages are still missing, or the last ones of several ranks came between two looks.
  package private(set) var latecomer: (rank: Int, seconds: Double)?

  package init() {}

  /// - Parameters:
  ///   - ranks: Whose messages are missing.
  ///   - now: Nanoseconds of a clock that nobody sets.
  package mutating func look(
    missing ranks: [Int], at now: UInt64 = DispatchTime.now().uptimeNanoseconds
  ) {
    if were > 1, ranks.count == 1 { alone = (ranks[0], now) }
    if were > 0, ranks.isEmpty, let alone {
      latecomer = (alone.rank, Double(now - alone.since) * 1e-9)
    }
    were = ranks.count
  }
}
