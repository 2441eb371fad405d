import Console
import Foundation
import Lifelines
import MPI

/// The coordinator's thread on rank 0.
final class CoordinatorThread: @unchecked Sendable {
  // Unchecked: `ending` is written before the semaphore is signalled and read after it was waited for.
  private var ending = Coordinator.Ending.stopped
  private let finished = DispatchSemaphore(value: 0)

  init(_ coordinator: Coordinator, _ environment: Environment) {
    nonisolated(unsafe) let (coordinator, environment) = (coordinator, environment)
    let thread = Thread { [self] in
      do {
        ending = try coordinator.run()
      } catch let overdue as StopOverdue {
        logger.error("\(overdue)")
        Self.end(coordinator, environment, ExitStatus.stopped)
      } catch {
        logger.error("coordinator: \(error)")
        Self.end(coordinator, environment, ExitStatus.failure)
      }
      finished.signal()
    }
    thread.name = "coordinator"
    thread.start()
  }

  /// Ends all ranks at once.
  private static func end(_ coordinator: Coordinator, _ environment: Environment, _ status: Int32)
    -> Never
  {
    SupervisorLine.given?.report(status)
    if coordinator.stop.launcher.recovers { coordinator.lifelines.endOthers(status: status) }
    environment.abort(status: status)
  }

  /// Waits for its end.
  func wait() -> Coordinator.Ending {
    finished.wait()
    return ending
  }
}
