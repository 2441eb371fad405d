import Foundation
import MPI
import Wording

/// How far the hosts' clocks are apart, before anybody trains.
///
/// Every rank reads its clock while rank 0 waits for the readings, so each was taken between two moments of
/// rank 0's own clock. What lies outside of them is a difference, however slow the messages were; what lies
/// within is none that anybody could prove.
package struct ClockComparison {
  /// A clock that differs.
  package struct Difference: Equatable {
    package let host: String
    /// That it is at least ahead of rank 0's; negative: behind.
    package let seconds: Double

    package init(host: String, seconds: Double) {
      self.host = host
      self.seconds = seconds
    }
  }

  /// Of the first rank of each host.
  package let differences: [Difference]

  /// Seconds from which on people should know of it.
  private static let limit = 5.0
  /// A rank that was held up in one round may not be in the next.
  private static let rounds = 3
  /// Hosts that are named.
  private static let named = 4

  /// Collective; only rank 0's result counts.
  ///
  /// - Parameters:
  ///   - hosts: Of each rank.
  ///   - now: This host's clock, in nanoseconds since 1970.
  /// - Throws: `MPIError`.
  package init(_ world: Communicator, hosts: [String], now: () -> Int = Self.clock) throws {
    var seconds = hosts.map { _ in 0.0 }
    for _ in 0..<Self.rounds {
      // All come together first, so that the moments below are near each other.
      try world.barrier()
      let begin = now()
      try world.barrier()
      let readings = try world.allGather([now()])
      let end = now()
      for (rank, reading) in readings.enumerated() {
        let difference = Self.seconds(reading[0], between: begin, and: end)
        if abs(difference) > abs(seconds[rank]) { seconds[rank] = difference }
      }
    }
    var known: Set<String> = []
    differences = zip(hosts, seconds).compactMap { host, seconds in
      known.insert(host).inserted ? Difference(host: host, seconds: seconds) : nil
    }
  }

  /// This host's clock, in nanoseconds since 1970.
  package static func clock() -> Int { Int(Date().timeIntervalSince1970 * 1e9) }

  /// How far a clock is certainly off that was read between two moments of another clock.
  ///
  /// - Parameters: In nanoseconds since 1970.
  /// - Returns: Seconds ahead, negative: behind; 0 if the reading lies between the moments.
  package static func seconds(_ reading: Int, between begin: Int, and end: Int) -> Double {
    Double(reading > end ? reading - end : min(reading - begin, 0)) * 1e-9
  }

  /// What people should know of the clocks; nil: nothing.
  package var warning: String? { Self.warning(differences) }

  package static func warning(_ differences: [Difference]) -> String? {
    guard let first = differences.first else { return nil }
    let apart = differences.filter { abs($0.seconds) >= limit }
      .sorted { abs($0.seconds) > abs($1.seconds) }
    guard !apart.isEmpty else { return nil }
    let words = apart.prefix(named).map {
      "\($0.host) is \(decimals(abs($0.seconds), 1)) s \($0.seconds > 0 ? "ahead" : "behind")"
    }
    let more = apart.count > named ? " and \(counted(apart.count - named, "more host"))" : ""
    return "clocks differ from that of \(first.host), where rank 0 is: "
      + words.joined(separator: ", ") + more
      + "; training does not depend on them, but times in the log and the ages of checkpoints "
      + "are wrong by as much: let time synchronisation (NTP) run on every host"
  }
}
