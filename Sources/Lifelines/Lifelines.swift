import Console
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
  /// Whether every rank has one; otherwise a loss is the job's.
  public let isComplete: Bool
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
      (server, client, isComplete) = (nil, nil, true)
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
    isComplete = without.isEmpty
    guard world.rank == 0, let first = without.first else { return }
    logger.warning(
      """
      rank \(first) on \(hosts[first])\(without.count > 1 ? " and \(counted(without.count - 1, "other"))" : "") \
      has no lifeline (\(obstacle)): its death is noticed only after cluster.stall_seconds, and any rank's ends \
      the job
      """)
  }

  // MARK: - Every rank

  /// Waits until this rank is sure that nobody has taken it for lost: to be called before anything is written
  /// or removed that another rank would write in its place.
  ///
  /// - Parameter deadline: Seconds after which the process ends instead.
  public func confirm(deadline: Double) { client?.confirm(deadline: deadline) }

  /// The job ends in good order: nobody is watched any more.
  public func close() {
    server?.close()
    client?.leave()
  }

  // MARK: - Rank 0

  /// From now on somebody asks for `losses`; before, one ends the job.
  ///
  /// - Parameter patience: Seconds without a ping after which a rank is given up, though its host may live; nil:
  ///   none is.
  public func beginTraining(patience: Double?) { server?.beginTraining(patience: patience) }

  /// Ranks that were lost since this was last asked.
  public func losses() -> [LostRank] { server?.losses() ?? [] }

  /// Whether any rank is lost.
  public var hasLosses: Bool { server?.hasLosses ?? false }

  public func isLost(_ rank: Int) -> Bool { server?.isLost(rank) ?? false }

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
  ///
  /// - Returns: Whether the launcher will end by itself.
  @discardableResult
  public func endOthers(status: Int32) -> Bool {
    server?.end(status: status, within: Self.endTime) ?? true
  }

  /// By a clock that nobody sets, in nanoseconds; it goes on while the machine sleeps.
  static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
