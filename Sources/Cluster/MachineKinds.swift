import Wording

/// Whether a job's ranks run on one kind of machine.
package struct MachineKinds {
  /// Of each rank.
  private let hosts: [String]
  /// CPU and kernel of products of each rank.
  private let machines: [String]

  /// Hosts that a warning names.
  private static let named = 4

  package init(hosts: [String], machines: [String]) {
    self.hosts = hosts
    self.machines = machines
  }

  /// Whether all are of one kind, so that a fold may move from rank to rank.
  package var isOne: Bool { Set(machines).count <= 1 }

  /// A warning of the hosts that are of another kind than rank 0's; nil: there is none.
  package var warning: String? {
    var known: Set<String> = []
    let others = machines.indices.filter {
      machines[$0] != machines[0] && known.insert(hosts[$0]).inserted
    }
    guard !others.isEmpty else { return nil }
    let words = others.prefix(Self.named).map { "\(hosts[$0]) (\(machines[$0]))" }
    let more =
      others.count > Self.named ? " and \(counted(others.count - Self.named, "more host"))" : ""
    return "other kinds of machine than rank 0's host \(hosts[0]) (\(machines[0])): "
      + words.joined(separator: ", ") + more
      + ": the same bits are promised for one kind only, and no rank joins another group"
  }
}
