import Console
import Lifelines
import Tasks
import Wording

/// Ranks that are lost while others go on.
struct RanksLost: Error, CustomStringConvertible, Equatable {
  let ranks: Int
  var description: String {
    "\(counted(ranks, "rank")) of the job \(ranks == 1 ? "is" : "are") lost, and none is left to train with: "
      + "run the same command again"
  }
}

extension Coordinator {
  /// Share of the deadline without a sign of a rank's process after which the others go on without it: before
  /// they would end themselves, since they wait for it.
  private static let shareOfDeadline = 0.8
  /// Share of the ranks whose end makes it better to start all of them again, where somebody does that.
  private static let shareToRestart = 0.25

  /// Lets all go on without the ranks that are lost.
  func noteLosses() throws {
    for lost in lifelines.losses() {
      // What it has still said is served first.
      while let (sender, message) = try inbox.next() { try handle(message, from: sender) }
      try noteLost(lost)
    }
    for (rank, seconds) in lifelines.silences() where stop.launcher.recovers {
      guard seconds > Self.shareOfDeadline * inbox.world.deadline else { continue }
      lifelines.giveUp(
        rank,
        cause: "nothing was heard of its process for \(Int(seconds)) s: it is stopped, or cut off")
    }
  }

  private func noteLost(_ lost: LostRank) throws {
    let group = scheduler.groups.values.first { $0.ranks.contains(lost.rank) }
    let running = group.flatMap { progress.standing(of: $0.number) }
    let loss = scheduler.lose(rank: lost.rank)
    if let group { progress.end(group: group.number, .left) }
    if let loss {
      lifelines.abandon(loss.abandoned, ranks: loss.survivors)
      try tell(loss.homes)
    }
    followGroups()
    if lost.hasEnded { endedRanks += 1 }
    let left = group.map { $0.ranks.count - 1 } ?? 0
    logger.warning(
      """
      rank \(lost.rank) on \(hosts[lost.rank]) is lost\(running.map { ", \($0)" } ?? "") \
      (\(lost.cause)): \
      \(loss?.task == nil ? "the others go on" : "the fold goes on at its last checkpoint")\
      \(left > 0 ? "; \(counted(left, "rank")) of its group \(left == 1 ? "is" : "are") left" : "")
      """, metadata: ["event": "rank-lost", "lost": .stringConvertible(lost.rank)])
    if isSupervised, Double(endedRanks) > Self.shareToRestart * Double(hosts.count) {
      try stopAll(
        "\(counted(endedRanks, "rank")) of \(hosts.count) ended, and are to be started again")
    }
  }

  /// A rank has left a group that is given up.
  func noteSurvivor(_ rank: Int) throws {
    try tell(scheduler.comes(rank: rank))
    followGroups()
  }

  private func tell(_ homes: [Int: RankGroup]) throws {
    for (rank, group) in homes.sorted(by: { $0.key < $1.key }) {
      try inbox.send(.rescue(group), to: rank)
    }
  }
}
