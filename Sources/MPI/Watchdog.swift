import Console
import Foundation

/// Ends the process when a call of MPI that cannot be polled does not return in time.
///
/// Such a call never returns when another rank has died or is stopped, and nothing can take this
/// process out of it.
struct Watchdog: Sendable {
  /// This process's place among all ranks.
  let rank: Int
  /// Seconds that a call may take.
  let deadline: Double
  /// What the process ends with.
  let status: Int32

  /// Seconds between two looks at the clock.
  private static let interval = 0.2

  /// Runs `call`, whose `operation` completes the words "waited for".
  ///
  /// - Parameter giveUp: If it throws before the call has returned, the process ends as at the deadline.
  func watch<Result>(
    _ operation: String, giveUp: Communicator.GiveUp? = nil, _ call: () throws -> Result
  ) rethrows -> Result {
    let say: @Sendable ((any Error)?) -> Void = { [self] reason in
      let activity = Console.shared.activity?.description
      if let reason {
        let place = activity.map { ", at \($0)" } ?? ""
        logger.critical(
          "rank \(rank) on \(Place.host) waited for \(operation)\(place), and ends: \(reason)")
      } else {
        let error = MPIError.timeout(
          operation: operation, rank: rank, host: Place.host, seconds: deadline,
          activity: activity)
        logger.critical("\(error)")
      }
    }
    return try watch(say, giveUp: giveUp, call)
  }

  /// Runs the last call of all, after which the process would end with the status by itself.
  func watchEnd<Result>(_ call: () throws -> Result) rethrows -> Result {
    let say: @Sendable ((any Error)?) -> Void = { [self] _ in
      let error = MPIError.endless(
        rank: rank, host: Place.host, seconds: deadline, status: status)
      logger.warning("\(error)")
    }
    return try watch(say, giveUp: nil, call)
  }

  /// - Parameter say: Says why the process ends: for the reason given up, or at the deadline.
  private func watch<Result>(
    _ say: @escaping @Sendable ((any Error)?) -> Void, giveUp: Communicator.GiveUp?,
    _ call: () throws -> Result
  ) rethrows -> Result {
    let returned = DispatchSemaphore(value: 0)
    let thread = Thread { [self] in
      var time = WaitingTime()
      var reason: (any Error)?
      while time.seconds < deadline && reason == nil {
        let turn = min(Self.interval, deadline - time.seconds)
        guard returned.wait(timeout: .now() + turn) == .timedOut else { return }
        time.look()
        do { try giveUp?() } catch { reason = error }
      }
      say(reason)
      // Not exit(): what it runs at the end might wait for the call as well.
      _exit(status)
    }
    thread.name = "watchdog"
    thread.start()
    defer { returned.signal() }
    return try call()
  }
}
