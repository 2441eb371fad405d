import Console
import Foundation
import Synchronization

/// Another rank's end of its lifeline: a thread that pings rank 0, and ends this process when rank 0 is gone
/// or has given this rank up.
package final class LifelineClient: @unchecked Sendable {
  // Unchecked: `line` is used under `state`'s lock alone.
  private struct State {
    /// When the last ping that was answered was sent.
    var answered: UInt64
    var isLeaving = false
  }

  private let line: Line
  private let pace: LifelinePace
  private let rank: Int
  private let abandoned: AbandonedGroups
  private let state: Mutex<State>

  /// Microseconds between two looks at the line.
  private static let nap: UInt32 = 20_000

  /// - Parameter line: One that rank 0 has welcomed.
  init(_ line: Line, rank: Int, pace: LifelinePace, abandoned: AbandonedGroups) {
    self.line = line
    self.rank = rank
    self.pace = pace
    self.abandoned = abandoned
    state = Mutex(State(answered: Lifelines.now))
    let thread = Thread { [self] in serve() }
    thread.name = "lifeline"
    thread.start()
  }

  /// Waits until rank 0 has said, not long ago, that this rank is a part of the job.
  ///
  /// A rank that was stopped, and taken for lost, does not come out of here: its process ends.
  ///
  /// - Parameter deadline: Seconds after which it ends, though the line is whole.
  func confirm(deadline: Double) {
    let begin = Lifelines.now
    while case let now = Lifelines.now, age(at: now) > pace.lease {
      if Double(now - begin) * 1e-9 > deadline {
        logger.critical(
          "rank 0 answers nothing for \(Int(deadline)) s: rank \(rank) on \(Place.host) ends")
        // A launcher that lets ranks die would wait for rank 0.
        SupervisorLine.given?.report(ExitStatus.failure)
        _exit(ExitStatus.failure)
      }
      usleep(Self.nap)
    }
  }

  /// Seconds since the last ping that was answered.
  private func age(at now: UInt64) -> Double {
    Double(Int64(now) - Int64(state.withLock(\.answered))) * 1e-9
  }

  /// Says that this rank leaves, and that nothing is wrong.
  func leave() {
    state.withLock { state in
      state.isLeaving = true
      try? line.say(LifelineWord(.leaving))
    }
  }

  private func serve() {
    var pinged: UInt64 = 0
    while true {
      let isOver = state.withLock { state in
        do throws(Line.Cut) {
          let now = Lifelines.now
          if Double(now - pinged) * 1e-9 >= pace.interval {
            pinged = now
            try line.say(LifelineWord(.ping, payload: now))
          }
          try line.flush()
          for word in try line.words() { hear(word, &state) }
        } catch {
          if !state.isLeaving { end(error) }
        }
        return state.isLeaving
      }
      if isOver { return }
      usleep(Self.nap)
    }
  }

  private func hear(_ word: LifelineWord, _ state: inout State) {
    switch word.kind {
    case .pong: state.answered = max(state.answered, word.payload)
    case .abandon: abandoned.add(Int(word.number))
    case .end:
      // All that this rank had to write is written, and MPI's own end would wait for the lost.
      try? line.say(LifelineWord(.leaving))
      fflush(nil)
      _exit(Int32(bitPattern: word.number))
    case .leaving: state.isLeaving = true
    case .hello, .welcome, .ping: break
    }
  }

  private func end(_ cut: Line.Cut) -> Never {
    let why =
      cut.code == nil ? "rank 0 has ended, or has given this rank up" : "rank 0 is lost (\(cut))"
    logger.critical(
      "\(why): rank \(rank) on \(Place.host) ends; if the run is not complete, run the same command again"
    )
    _exit(ExitStatus.failure)
  }
}
