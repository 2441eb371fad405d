import Console
import Foundation
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
        environment.abort(status: ExitStatus.stopped)
      } catch {
        logger.error("coordinator: \(error)")
        environment.abort(status: ExitStatus.failure)
      }
      finished.signal()
    }
    thread.name = "coordinator"
    thread.start()
  }

  /// Waits for its end.
  func wait() -> Coordinator.Ending {
    finished.wait()
    return ending
  }
}
