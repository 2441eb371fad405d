import Tasks
import Wording

extension LedgerRecord {
  /// A rank that is no part of its job any more, as rank 0 has noticed; the others may go on without it.
  public struct RankLost: Codable, Sendable, Equatable {
    public var time: String
    /// Among all ranks of the job.
    public var rank: Int
    public var host: String
    /// What it trained with its group, and what is no more trained by that; nil: nothing.
    public var task: TaskKey?
    /// Why it counts as lost, in words.
    public var cause: String

    public init(time: String, rank: Int, host: String, task: TaskKey?, cause: String) {
      self.time = time
      self.rank = rank
      self.host = host
      self.task = task
      self.cause = cause
    }
  }

  /// An event that this program does not know. A later program of the same format may write some, and no
  /// fold begins, ends or fails by them.
  public struct Other: Codable, Sendable, Equatable {
    public var event: String
    public var time: String

    public init(event: String, time: String) {
      self.event = event
      self.time = time
    }
  }
}

extension Sequence<LedgerRecord> {
  /// What is passed over of a ledger, for people; nil: nothing is.
  ///
  /// - Parameter path: The ledger's.
  public func passedOver(_ path: String) -> String? {
    var events: [String] = []
    for case .other(let record) in self { events.append(record.event) }
    guard !events.isEmpty else { return nil }
    let names = Set(events).sorted().joined(separator: ", ").visible
    return "\(path): \(counted(events.count, "record")) of events that this htnet does not know "
      + "(\(names)) \(events.count == 1 ? "is" : "are") passed over; use an htnet as new as the one that "
      + "wrote the ledger to see what it says"
  }
}

extension Collection<LedgerRecord.RankLost> {
  /// Who is lost, by host: `rank 2 on node1; ranks 4, 5 on node3`; of many on one host how many.
  public var named: String {
    byHost.map { host, ranks in
      let who =
        ranks.count > 4
        ? "\(ranks.count) ranks"
        : "\(ranks.count == 1 ? "rank" : "ranks") \(ranks.map(String.init).joined(separator: ", "))"
      return "\(who) on \(host.visible)"
    }.joined(separator: "; ")
  }

  /// How many were lost, and where, of one job or of several: `3 ranks were lost: 1 on node1, 2 on node3`;
  /// nil: none was. Of many hosts the first ones are named.
  public var summary: String? {
    guard !isEmpty else { return nil }
    let hosts = byHost
    let start = "\(counted(count, "rank")) \(count == 1 ? "was" : "were") lost"
    guard hosts.count > 1 else { return "\(start) on \(hosts[0].host.visible)" }
    let named = hosts.prefix(8)
    let others = hosts.dropFirst(named.count)
    return "\(start): "
      + named.map { "\($0.ranks.count) on \($0.host.visible)" }.joined(separator: ", ")
      + (others.isEmpty
        ? ""
        : " and \(others.reduce(0) { $0 + $1.ranks.count }) on \(counted(others.count, "more host"))")
  }

  /// Hosts in the order of their names.
  private var byHost: [(host: String, ranks: [Int])] {
    Dictionary(grouping: self, by: \.host).sorted { $0.key < $1.key }
      .map { ($0.key, $0.value.map(\.rank).sorted()) }
  }
}
