import Foundation
import TestSupport
import XCTest

/// A test of `htnet train --restarts`.
class SupervisedTestCase: TrainingTestCase {
  private var supervisors: [ChildProcess] = []
  private let lock = NSLock()
  override class var epochs: Int { 150 }

  override func tearDown() {
    for supervisor in supervisors {
      // First itself, so that it starts nothing more; its jobs have sessions of their own.
      supervisor.end()
      for session in sessions(of: supervisor) {
        for process in SessionProcesses.running(in: session).keys { kill(process, SIGKILL) }
      }
    }
    super.tearDown()
  }

  /// Starts a supervisor.
  func supervise(
    _ run: String, _ settings: [String] = [], ranks: Int = 2, restarts: Int = 5,
    options: [String] = []
  ) throws -> ChildProcess {
    // What mpirun needs for so many ranks on this machine.
    let extra = Mpirun.options(ranks: ranks).joined(separator: " ")
    let supervisor = try start(
      [Self.binary] + arguments(run, settings) + options
        + ["--restarts", "\(restarts)", "--ranks", "\(ranks)", "--mpirun-args", extra],
      environment: Mpirun.environment)
    lock.withLock { supervisors.append(supervisor) }
    return supervisor
  }

  /// The sessions of the jobs that a supervisor has started, in order.
  func sessions(of supervisor: ChildProcess) -> [pid_t] {
    supervisor.errors.matches(of: /started job ([0-9]+), process ([0-9]+):/).compactMap {
      guard let session = pid_t($0.2) else { return nil }
      SessionProcesses.mark(session, "HTNET_JOB=\(supervisor.identifier)-\($0.1)")
      return session
    }
  }

  /// Waits until a supervisor's job has finished a fold; gives the job's session.
  func waitForAFold(_ supervisor: ChildProcess, _ run: String) throws -> pid_t {
    try supervisor.waitUntil("a finished fold of") {
      try !RunFiles(path(run)).subjects("fold-finished").isEmpty
    }
    return try XCTUnwrap(sessions(of: supervisor).first, supervisor.errors)
  }
}
