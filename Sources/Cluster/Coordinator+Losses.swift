import Console
import Lifelines
import RunStore
import Tasks
import Wording

/// Ranks are lost, and the others cannot go on.
struct RanksLost: Error, CustomStringConvertible, Equatable {
  let reason: String
  var description: String { "\(reason): the job ends; run the same command again" }
}

extension Coordinator {
  /// Share of the deadline without a sign of a rank's process after which the others go on without it: before
  /// they would end themselves, since they wait for it.
  private static let shareOfDeadline = 0.8
  /// Share of the ranks whose end makes it better to start all of them again, where somebody does that.
  private static let shareToRestart = 0.25

  /// Seconds after which a rank is given up that does not answer, or does not leave its group; nil: never, since
  /// the launcher would wait for it.
  static func patience(_ launcher: Launcher, deadline: Double) -> Double? {
    launcher.recovers ? shareOfDeadline * deadline : nil
  }

  private var patience: Double? {
    Self.patience(stop.launcher, deadline: inbox.world.deadline)
  }

  /// A loss, and what is said and written of it once the others have been told.
  private struct Loss {
    let rank: LostRank
    /// What is no more trained by it.
    let task: TaskKey?
    /// What its group was known to do.
    let standing: String?
    /// The other ranks of its group.
    let others: [Int]
  }

  /// Lets all go on without the ranks that are lost.
  func noteLosses() throws {
    let losses = lifelines.losses()
    if !losses.isEmpty {
      // What they have still said is served first.
      while let (sender, message) = try inbox.next() { try handle(message, from: sender) }
      // Of many losses all are told before any file, which may take its time, is asked or written.
      let noted = try losses.map { try goOn(without: $0) }
      followGroups()
      let areWritten = noted.map { record($0) }.allSatisfy { $0 }
      try endIfBetter(areWritten)
      lostAt = progress.seconds
    }
    // The others of a group wait for one of them that does not leave it.
    guard let patience, progress.seconds - lostAt > patience else { return }
    for rank in scheduler.awaited {
      guard rank != 0 else { throw RanksLost(reason: "rank 0 does not leave its group") }
      lifelines.giveUp(rank, cause: "it does not leave its group, of which a rank is lost")
    }
  }

  /// From now on losses of ranks are served.
  func beginWithLosses() { lifelines.beginTraining(patience: patience) }

  /// What the last lines of the job say after their own words: how many ranks were lost, and where; empty: none.
  var losses: String { lostRanks.summary.map { "; " + $0 } ?? "" }

  /// Lets the others go on without a rank.
  private func goOn(without rank: LostRank) throws -> Loss {
    let group = scheduler.groups.values.first { $0.ranks.contains(rank.rank) }
    let standing = group.flatMap { progress.standing(of: $0.number) }
    let loss = scheduler.lose(rank: rank.rank)
    if let group {
      progress.end(group: group.number, .left)
      lost[group.number] = nil
    }
    stragglers.lose(rank: rank.rank)
    progressFile.lose(rank: rank.rank)
    if rank.hasEnded { endedRanks += 1 }
    if lifelines.isComplete, let loss {
      lifelines.abandon(loss.abandoned, ranks: loss.survivors)
      try tell(loss.homes)
    }
    return Loss(
      rank: rank, task: loss?.task, standing: standing,
      others: group?.ranks.filter { $0 != rank.rank } ?? [])
  }

  /// Says and writes down that a rank is lost.
  ///
  /// - Returns: Whether it is on disk.
  private func record(_ loss: Loss) -> Bool {
    let (rank, host) = (loss.rank.rank, hosts[loss.rank.rank])
    let left = loss.others.count { !lifelines.isLost($0) }
    logger.warning(
      """
      rank \(rank) on \(host) is lost\(loss.standing.map { ", \($0)" } ?? "") (\(loss.rank.cause)): \
      \(future(of: loss.task))\
      \(left > 0 ? "; \(counted(left, "rank")) of its group \(left == 1 ? "is" : "are") left" : "")
      """, metadata: ["event": "rank-lost", "lost": .stringConvertible(rank)])
    let record = LedgerRecord.RankLost(
      time: LedgerRecord.now, rank: rank, host: host, task: loss.task, cause: loss.rank.cause)
    lostRanks.append(record)
    return journal.record(.rankLost(record))
  }

  /// Ends the job where it cannot go on after losses, or where it is better to start all ranks again.
  ///
  /// - Parameter areWritten: Whether the losses are on disk.
  private func endIfBetter(_ areWritten: Bool) throws {
    // Who has no lifeline does not hear that its group is given up.
    guard lifelines.isComplete else {
      throw RanksLost(reason: "a rank is lost, and not all ranks have lifelines")
    }
    if !areWritten { try stopAll(Journal.cannotWrite) }
    if SupervisorLine.given?.startsAgain == true,
      Double(endedRanks) > Self.shareToRestart * Double(hosts.count)
    {
      try stopAll(
        "\(counted(endedRanks, "rank")) of \(hosts.count) ended, and are to be started again")
    }
  }

  /// What becomes of the fold that a lost rank has trained with its group; nil: it had none.
  private func future(of task: TaskKey?) -> String {
    guard let task else { return "the others go on" }
    return switch journal.directory.continuation(of: task) {
    case .checkpoint: "the fold goes on at its last checkpoint"
    case .beginning: "the fold has no checkpoint yet, and begins anew"
    case .unknown:
      "the fold goes on at its last checkpoint, if it has one: its manifest cannot be read now"
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
