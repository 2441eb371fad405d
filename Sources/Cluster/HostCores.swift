import Foundation
import Job
import MPI
import Wording

/// How the ranks of one host share its cores.
public struct HostCores: Equatable {
  /// For each rank of the host the cores that it may run on, by number.
  private let allowed: [Set<Int>]
  /// This rank's place among them.
  private let rank: Int

  /// Bytes of a set of cores, a bit each; Linux knows 8192 at most.
  private static let setBytes = 1024

  package init(_ allowed: [Set<Int>], rank: Int) {
    self.allowed = allowed
    self.rank = rank
  }

  /// What mpirun, the batch system or a container leaves to each rank. Collective.
  ///
  /// - Parameter ranks: Those of this host.
  /// - Throws: `MPIError`.
  public init(_ ranks: Communicator) throws {
    let own = MachineFacts.allowedCores
    var bytes = [UInt8](repeating: 0, count: Self.setBytes)
    for core in own where core < 8 * Self.setBytes { bytes[core / 8] |= 1 << (core % 8) }
    let sets = try ranks.allGather(bytes).map { bytes in
      Set((0..<8 * Self.setBytes).filter { bytes[$0 / 8] >> ($0 % 8) & 1 == 1 })
    }
    self.init(sets, rank: ranks.rank)
  }

  /// Ranks on the host.
  package var ranks: Int { allowed.count }

  /// Cores of the host that any of its ranks may run on.
  package var cores: Int { allowed.reduce(into: Set()) { $0.formUnion($1) }.count }

  /// Threads for this rank: the cores that it alone may use, and its share of the others.
  public var threads: Int {
    let share = allowed[rank].reduce(0.0) { sum, core in
      sum + 1 / Double(allowed.count { $0.contains(core) })
    }
    // Six times a sixth is a little less than 1.
    return max(1, Int(share + 1e-6))
  }
}

/// What one host has to do.
package struct HostLoad: Equatable {
  package let host: String
  package let ranks: Int
  /// Of all its ranks together.
  package let threads: Int
  package let cores: Int
  /// Thousandths of a core whose time the control group of its first rank may use; 0: there is no limit.
  package let millicores: Int

  package init(host: String, ranks: Int, threads: Int, cores: Int, millicores: Int = 0) {
    self.host = host
    self.ranks = ranks
    self.threads = threads
    self.cores = cores
    self.millicores = millicores
  }

  private var isLimited: Bool { millicores > 0 && millicores < 1000 * cores }

  private var isCrowded: Bool {
    threads > cores || (isLimited && 1000 * threads > millicores)
  }

  private var words: String {
    "\(counted(ranks, "rank")) with \(counted(threads, "thread")) on \(counted(cores, "core")) of \(host)"
      + (isLimited
        ? " (a control group gives them the time of \(decimals(Double(millicores) / 1000, 1)))"
        : "")
  }

  /// Hosts that a warning names.
  private static let named = 4

  /// A warning of the hosts whose ranks have more threads than there are cores; nil: there is none.
  package static func warning(_ hosts: [HostLoad]) -> String? {
    let crowded = hosts.filter(\.isCrowded)
    guard !crowded.isEmpty else { return nil }
    let words = crowded.prefix(named).map(\.words)
    let more = crowded.count > named ? ", and on \(crowded.count - named) more hosts" : ""
    return "more threads than cores: " + words.joined(separator: ", ") + more
      + ": they slow one another down; start fewer ranks a host or lower training.threads_per_rank"
  }
}
