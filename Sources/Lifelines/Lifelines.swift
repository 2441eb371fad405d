import Console
import Dispatch
import Foundation
import MPI
import Wording

/// A TCP connection of every rank to rank 0, by which a death is noticed at once.
///
/// An operation of MPI with a dead rank never ends, and MPI tells nobody. But the kernel closes a process's
/// connections when it ends, and finds out when the other host is gone. A rank pings rank 0, and is a part
/// of the job only for a while after its last answered ping (`confirm`); rank 0 takes nobody for lost that
/// may still think so.
public final class Lifelines: Sendable {
  /// What this process must leave.
  public let abandoned = AbandonedGroups()
  private let server: LifelineServer?
  private let client: LifelineClient?

  /// Seconds for the connection.
  private static let patience = 10.0
  /// Seconds for the others' end.
  private static let endTime = 5.0

  /// Connects the ranks. Collective.
  ///
  /// A rank that cannot be connected is a part of the job without a lifeline, and rank 0 says so.
  ///
  /// - Parameter hosts: Of each rank.
  /// - Throws: `MPIError`.
  public init(_ world: Communicator, hosts: [String]) throws {
    let pace = LifelinePace(ranks: world.size)
    guard world.size > 1 else {
      (server, client) = (nil, nil)
      return
    }
    var obstacle = "its TCP connection to rank 0 does not come about"
    var server: LifelineServer?
    if world.rank == 0 {
      do throws(Line.Cut) {
        server = try LifelineServer(pace: pace, hosts: hosts)
      } catch {
        obstacle = "rank 0 cannot listen: \(error)"
      }
    }
    let bytes = try world.broadcast(
      try server.map { Array(try JSONEncoder().encode($0.offer)) } ?? [])
    let offer =
      try bytes.isEmpty ? nil : JSONDecoder().decode(LifelineOffer.self, from: Data(bytes))
    var client: LifelineClient?
    if world.rank > 0, let offer,
      let line = LifelineClient.connect(offer, rank: world.rank, within: Self.patience)
    {
      line.keepAlive(pace.networkTimeout)
      client = LifelineClient(line, rank: world.rank, pace: pace, abandoned: abandoned)
    }
    (self.server, self.client) = (server, client)
    let connected = try world.allGather([client == nil ? 0 : 1] as [UInt8])
    let without = connected.indices.dropFirst().filter { connected[$0] == [0] }
    guard world.rank == 0, let first = without.first else { return }
    logger.warning(
      """
      rank \(first) on \(hosts[first])\(without.count > 1 ? " and \(counted(without.count - 1, "other"))" : "") \
      has no lifeline (\(obstacle)): its death ends the job only after cluster.stall_seconds
      """)
  }

  // MARK: - Every rank

  /// Waits until this rank is sure that nobody has taken it for lost: to be called before anything is written
  /// that another rank would write in its place.
  public func confirm() { client?.confirm() }

  /// The job ends in good order: nobody is watched any more.
  public func close() {
    server?.close()
    client?.leave()
  }

  // MARK: - Rank 0

  /// From now on somebody asks for `losses`; before, one ends the job.
  public func beginTraining() { server?.beginTraining() }

  /// Ranks that were lost since this was last asked.
  public func losses() -> [LostRank] { server?.losses() ?? [] }

  /// Whether any rank is lost.
  public var hasLosses: Bool { server?.hasLosses ?? false }

  /// Whether the process of a rank that is lost may still be there.
  public var mayBeAlive: Bool { server?.mayBeAlive ?? false }

  public func isLost(_ rank: Int) -> Bool { server?.isLost(rank) ?? false }

  /// Seconds since each rank's last word, of those that are silent: their process is stopped, or their host
  /// cannot be reached.
  public func silences() -> [Int: Double] { server?.silences() ?? [:] }

  /// Takes a rank for lost; if it comes back, it ends.
  public func giveUp(_ rank: Int, cause: String) { server?.giveUp(rank, cause: cause) }

  /// Makes ranks leave groups.
  public func abandon(_ groups: [Int], ranks: [Int]) {
    for group in groups {
      for rank in ranks where rank != 0 {
        server?.say(LifelineWord(.abandon, number: UInt32(group)), to: rank)
      }
      if ranks.contains(0) { abandoned.add(group) }
    }
  }

  /// Ends all other ranks with a status, and waits for them: the end of a job that has lost ranks, in which
  /// MPI's own would hang.
  public func endOthers(status: Int32) { server?.end(status: status, within: Self.endTime) }

  /// By a clock that nobody sets, in nanoseconds.
  static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }
}
