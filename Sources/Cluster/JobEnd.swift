import Console
import Foundation
import Lifelines
import MPI

/// How rank 0 ends a job in which not all ranks can end MPI together.
struct JobEnd: Sendable {
  let environment: Environment
  let lifelines: Lifelines
  let launcher: Launcher

  /// Tells the supervisor, if there is one, what the job ends with.
  func report(_ status: Int32) { SupervisorLine.given?.report(status) }

  /// Ends a job that has lost ranks, when all is written.
  func afterLosses(_ status: Int32) -> Never {
    report(status)
    // A process that is stopped or cut off is the launcher's to end, and a host's daemon too.
    if !lifelines.endOthers(status: status) { environment.abort(status: status) }
    fflush(nil)
    _exit(status)
  }

  /// Ends all ranks, whatever they do.
  func atOnce(_ status: Int32) -> Never {
    report(status)
    if launcher.recovers { lifelines.endOthers(status: status) }
    environment.abort(status: status)
  }
}
