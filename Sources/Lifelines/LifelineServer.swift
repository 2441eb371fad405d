import Console
import Foundation
import Synchronization

/// A rank that is no part of the job any more.
public struct LostRank: Sendable, Equatable {
  public let rank: Int
  /// Why, in words.
  public let cause: String
  /// Whether its process has ended, and its host lives.
  public let hasEnded: Bool

  package init(rank: Int, cause: String, hasEnded: Bool) {
    self.rank = rank
    self.cause = cause
    self.hasEnded = hasEnded
  }
}

/// Rank 0's end of all lifelines: a thread that answers pings, and sees at once when a process ends, and
/// after a while when a host is gone.
package final class LifelineServer: @unchecked Sendable {
  // Unchecked: everything but the constants is behind `state`'s lock; a line is used under it alone.
  private struct Member {
    let line: Line
    var lastHeard: UInt64
    var hasLeft = false
  }

  /// A line that no rank has pinged by. A rank may try several addresses; the line that it then pings by is
  /// the one that counts.
  private struct Stranger {
    let line: Line
    let since = Lifelines.now
    /// Who it says that it is.
    var rank: Int?
  }

  private struct State {
    var members: [Int: Member] = [:]
    var strangers: [Stranger] = []
    var lost: Set<Int> = []
    var news: [LostRank] = []
    var isClosing = false
    /// Whether anybody was taken for lost whose process may still be there.
    var hasGivenUp = false
    /// Seconds without a ping after which a rank is given up.
    var patience: Double?
    var startsTraining = false
  }

  package let offer: LifelineOffer
  private let listener: Listener
  private let pace: LifelinePace
  private let hosts: [String]
  private let state = Mutex(State())

  /// Microseconds between two looks at the lines: bounds the work, and how late a death is noticed.
  private static let nap: UInt32 = 20_000

  /// Files that may be open at once, above a lifeline and a connection of MPI for each rank.
  private static let otherFiles = 256
  /// Seconds in which a stranger must have said who it is, and how many there may be besides the ranks'.
  private static let (strangersTime, mostStrangers) = (15.0, 64)

  /// - Throws: `Line.Cut` if this host gives no socket.
  package init(pace: LifelinePace, hosts: [String]) throws(Line.Cut) {
    self.pace = pace
    self.hosts = hosts
    Listener.makeRoom(files: 2 * hosts.count + Self.otherFiles)
    listener = try Listener()
    offer = LifelineOffer(
      addresses: LifelineOffer.ownAddresses, port: listener.port,
      token: .random(in: .min ... .max), answer: .random(in: .min ... .max))
    let thread = Thread { [self] in serve() }
    thread.name = "lifelines"
    thread.start()
  }

  // MARK: - What the coordinator asks and says

  /// From now on somebody asks for `losses`; before, one ends the job.
  package func beginTraining(patience: Double?) {
    state.withLock { state in
      state.patience = patience.map(pace.patience)
      state.startsTraining = true
    }
  }

  /// Ranks that were lost since this was last asked.
  package func losses() -> [LostRank] {
    state.withLock { state in
      defer { state.news = [] }
      return state.news
    }
  }

  package func isLost(_ rank: Int) -> Bool { state.withLock { $0.lost.contains(rank) } }
  package var hasLosses: Bool { state.withLock { !$0.lost.isEmpty } }

  /// Takes a rank for lost: when it comes back, it finds its line closed.
  package func giveUp(_ rank: Int, cause: String) {
    state.withLock { lose(rank, cause, hasEnded: false, &$0) }
  }

  package func say(_ word: LifelineWord, to rank: Int) {
    state.withLock { state in
      guard let line = state.members[rank]?.line else { return }
      do throws(Line.Cut) {
        try line.say(word)
      } catch {
        lose(rank, error, &state)
      }
    }
  }

  /// Tells every rank that is left to end, and waits until all have, at most so many seconds.
  ///
  /// - Returns: Whether the launcher will end by itself: nobody is left, nor was taken for lost who may still
  ///   be there, and no host has lost all of its ranks, whose daemon may be dead.
  package func end(status: Int32, within seconds: Double) -> Bool {
    for rank in state.withLock({ Array($0.members.keys) }) {
      say(LifelineWord(.end, number: UInt32(bitPattern: status)), to: rank)
    }
    let begin = Lifelines.now
    while Double(Lifelines.now - begin) * 1e-9 < seconds {
      let left = state.withLock { state in
        state.members.contains { !$0.value.hasLeft }
      }
      guard left else { return state.withLock { !$0.hasGivenUp && !hasLostHost($0) } }
      usleep(Self.nap)
    }
    return false
  }

  private func hasLostHost(_ state: State) -> Bool {
    !Set(hosts).isSubset(of: hosts.indices.filter { !state.lost.contains($0) }.map { hosts[$0] })
  }

  /// Nobody is watched any more; the lines stay until the process ends.
  package func close() {
    for rank in state.withLock({ Array($0.members.keys) }) { say(LifelineWord(.leaving), to: rank) }
    state.withLock { $0.isClosing = true }
  }

  // MARK: - The thread

  private func serve() {
    var lastLook = Lifelines.now
    while true {
      usleep(Self.nap)
      let isOver = state.withLock { state in
        guard !state.isClosing else { return true }
        let now = Lifelines.now
        // Who did not look cannot tell that others were silent.
        if Double(now - lastLook) * 1e-9 > pace.interval {
          for rank in state.members.keys { state.members[rank]?.lastHeard += now - lastLook }
        }
        lastLook = now
        look(&state)
        return false
      }
      if isOver { return }
    }
  }

  private func look(_ state: inout State) {
    accept(&state)
    let strangers = state.strangers
    state.strangers = strangers.compactMap { heard($0, &state) }
    let members = state.members
    let ranks = members.keys.filter { members[$0]?.hasLeft == false }
    var polled = ranks.compactMap { members[$0]?.line }.map { line in
      pollfd(
        fd: line.descriptor, events: Int16(line.isBusy ? POLLIN | POLLOUT : POLLIN), revents: 0)
    }
    guard poll(&polled, nfds_t(polled.count), 0) > 0 else { return giveUpSilent(&state) }
    for (rank, polled) in zip(ranks, polled) where polled.revents != 0 { hear(rank, &state) }
    giveUpSilent(&state)
  }

  private func giveUpSilent(_ state: inout State) {
    guard let patience = state.patience else { return }
    let now = Lifelines.now
    for (rank, member) in state.members where !member.hasLeft {
      let seconds = Double(now &- member.lastHeard) * 1e-9
      guard now > member.lastHeard, seconds > patience else { continue }
      lose(
        rank,
        "nothing was heard of its process for \(Int(seconds)) s: it is stopped, or cut off",
        hasEnded: false, &state)
    }
  }

  private func accept(_ state: inout State) {
    while state.strangers.count < hosts.count + Self.mostStrangers, let line = listener.accept() {
      line.keepAlive(pace.networkTimeout)
      state.strangers.append(Stranger(line: line))
    }
  }

  /// - Returns: nil: the line is a stranger's no more, but a rank's, or closed.
  private func heard(_ stranger: Stranger, _ state: inout State) -> Stranger? {
    var stranger = stranger
    guard Double(Lifelines.now - stranger.since) * 1e-9 < Self.strangersTime else { return nil }
    do throws(Line.Cut) {
      for word in try stranger.line.words() {
        switch (word.kind, stranger.rank) {
        case (.hello, nil)
        where word.payload == offer.token && hosts.indices.contains(Int(word.number)):
          stranger.rank = Int(word.number)
          try stranger.line.say(LifelineWord(.welcome, payload: offer.answer))
        case (.ping, let rank?) where state.members[rank] == nil:
          state.members[rank] = Member(line: stranger.line, lastHeard: Lifelines.now)
          try stranger.line.say(LifelineWord(.pong, payload: word.payload))
          return nil
        default: return nil
        }
      }
    } catch {
      return nil
    }
    return stranger
  }

  private func hear(_ rank: Int, _ state: inout State) {
    guard let line = state.members[rank]?.line else { return }
    do throws(Line.Cut) {
      try line.flush()
      for word in try line.words() {
        state.members[rank]?.lastHeard = Lifelines.now
        switch word.kind {
        case .ping: try line.say(LifelineWord(.pong, payload: word.payload))
        case .leaving: state.members[rank]?.hasLeft = true
        default: throw Line.Cut(code: EPROTO)
        }
      }
    } catch {
      lose(rank, error, &state)
    }
  }

  private func lose(_ rank: Int, _ cut: Line.Cut, _ state: inout State) {
    // A connection that is reset tells of an end as well, with something unread.
    lose(
      rank, "\(cut)", hasEnded: cut.code == nil || cut.code == ECONNRESET || cut.code == EPIPE,
      &state)
  }

  /// Nothing is heard from a rank any more, nor said to it.
  private func lose(_ rank: Int, _ cause: String, hasEnded: Bool, _ state: inout State) {
    guard let member = state.members.removeValue(forKey: rank), !member.hasLeft else { return }
    state.lost.insert(rank)
    if !hasEnded { state.hasGivenUp = true }
    guard state.startsTraining else {
      logger.critical(
        "rank \(rank) on \(hosts[rank]) is lost before the training (\(cause)): the job ends")
      _exit(ExitStatus.failure)
    }
    state.news.append(LostRank(rank: rank, cause: cause, hasEnded: hasEnded))
  }
}
