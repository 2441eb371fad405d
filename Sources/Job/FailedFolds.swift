import RunStore
import Tasks
import Training
import Wording

/// The folds of a run that earlier jobs have seen fail by their own numbers.
///
/// Configuration, data, kind of CPU and kernel of products decide a fold's numbers. So on the same
/// kind of machine it would fail again at the same step, and stays failed unless a user asks for it.
public struct FailedFolds: Sendable {
  /// Those that are not trained, in the order of the plan.
  public let standing: [LedgerRecord.FoldFailed]
  /// Those that this job trains again, from their first epoch, and why.
  public let again: [(task: TaskKey, reason: String)]

  /// A run without any.
  static let none = FailedFolds(standing: [], again: [])

  private init(standing: [LedgerRecord.FoldFailed], again: [(task: TaskKey, reason: String)]) {
    self.standing = standing
    self.again = again
  }

  /// - Parameters:
  ///   - tasks: Of the plan, in its order.
  ///   - retry: Whether the user asks for all to be trained again.
  ///   - cpu: This machine's.
  ///   - kernel: What computes a task's products on it.
  init(
    _ ledger: Ledger, tasks: [TaskKey], retry: Bool, cpu: String,
    kernel: (TaskKey) throws -> String
  ) rethrows {
    let failed = ledger.failed
    var standing: [LedgerRecord.FoldFailed] = []
    var again: [(TaskKey, String)] = []
    for task in tasks {
      guard let failure = failed[task] else { continue }
      // An older ledger knows rank 0's alone.
      let itsCPU = failure.fold.cpu ?? failure.machine.cpu
      let itsKernel = failure.fold.kernel ?? failure.machine.kernel
      if retry {
        again.append((task, "training.retry_failed is true"))
      } else if itsCPU != cpu {
        again.append((task, "it failed on another CPU (\(itsCPU))"))
      } else if try itsKernel != kernel(task) {
        again.append((task, "it failed with another kernel of products (\(itsKernel))"))
      } else {
        standing.append(failure.fold)
      }
    }
    self.init(standing: standing, again: again)
  }

  /// What a job says of them when it begins.
  public var lines: [String] {
    again.map { "fold \($0.task) failed in an earlier job and starts anew: \($0.reason)" }
      + standing.map {
        "fold \($0.task) failed in an earlier job (\($0.cause)) and is not trained again, since "
          + "it would fail in the same way; training.retry_failed=true trains it all the same"
      }
  }

  /// What a job says at its end, when all others are finished.
  public static func summary(_ failed: [LedgerRecord.FoldFailed], finished: Int, of folds: Int)
    -> String
  {
    "\(reason(failed)); \(finished) of \(folds) folds are finished, and no other is left: "
      + failed.map { "\($0.task) (\($0.cause))" }.joined(separator: ", ") + "; "
      + FoldFailure.remedy + ", with another run directory"
  }

  /// In the ledger's and the last line's words.
  public static func reason(_ failed: [LedgerRecord.FoldFailed]) -> String {
    "\(counted(failed.count, "fold")) failed: " + failed.map(\.task).named()
  }
}
