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
  private static let interval = 1.0

  /// Runs `call`, whose `operation` completes the words "waited for".
  func watch<Result>(_ operation: String, _ call: () throws -> Result) rethrows -> Result {
    let say: @Sendable () -> Void = { [self] in
      let error = MPIError.timeout(
        operation: operation, rank: rank, host: Place.host, seconds: deadline)
      logger.critical("\(error)")
    }
    return try watch(say, call)
  }

  /// Runs the last call of all, after which the process would end with the status by itself.
  func watchEnd<Result>(_ call: () throws -> Result) rethrows -> Result {
    let say: @Sendable () -> Void = { [self] in
      let error = MPIError.endless(
        rank: rank, host: Place.host, seconds: deadline, status: status)
      logger.warning("\(error)")
    }
    return try watch(say, call)
  }

  private func watch<Result>(_ say: @escaping @Sendable () -> Void, _ call: () throws -> Result)
    rethrows -> Result
  {
    let returned = DispatchSemaphore(value: 0)
    let thread = Thread { [self] in
      var time = WaitingTime()
      while time.seconds < deadline {
        let turn = min(Self.interval, deadline - time.seconds)
        guard returned.wait(timeout: .now() + turn) == .timedOut else { return }
        time.look()
      }
      say()
      // Not exit(): what it runs at the end might wait for the call as well.
      _exit(status)
    }
    thread.name = "watchdog"
    thread.start()
    defer { returned.signal() }
    return try call()
  }
}
