import Console
import Foundation
import Synchronization

/// The coordinator's thread on rank 0.
final class CoordinatorThread: @unchecked Sendable {
  // Unchecked: `ending` is written before the semaphore is signalled and read after it was waited for.
  private var ending = Coordinator.Ending.stopped
  private let finished = DispatchSemaphore(value: 0)
  private let isClosed = Mutex(false)

  /// Microseconds between two looks for losses when all folds are done.
  private static let nap: UInt32 = 10_000

  init(_ coordinator: Coordinator, _ end: JobEnd) {
    nonisolated(unsafe) let coordinator = coordinator
    let thread = Thread { [self] in
      do {
        ending = try coordinator.run()
      } catch let overdue as StopOverdue {
        logger.error("\(overdue)\(coordinator.losses)")
        end.atOnce(ExitStatus.stopped)
      } catch {
        logger.error("coordinator: \(error)\(coordinator.losses)")
        end.atOnce(ExitStatus.failure)
      }
      let status = ending.status
      if end.lifelines.hasLosses { end.afterLosses(status) }
      finished.signal()
      // Whoever is lost now is missed by those who say goodbye to one another.
      while !isClosed.withLock({ $0 }) {
        if end.lifelines.hasLosses { end.afterLosses(status) }
        usleep(Self.nap)
      }
    }
    thread.name = "coordinator"
    thread.start()
  }

  /// Waits for its end; after losses the process ends instead.
  func wait() -> Coordinator.Ending {
    finished.wait()
    return ending
  }

  /// All ranks have said goodbye.
  func close() { isClosed.withLock { $0 = true } }
}
