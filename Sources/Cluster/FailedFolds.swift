import RunStore
import Training

/// The folds of a run that earlier jobs have seen fail by their own numbers.
///
/// Configuration, data, kind of CPU and kernel of products decide a fold's numbers. So on the same
/// kind of machine it would fail again at the same step, and stays failed unless a user asks for it.
struct FailedFolds {
  /// Those that are not trained, in the order of the plan.
  let standing: [LedgerRecord.FoldFailed]
  /// Subjects that this job trains again, from their first epoch, and why.
  let again: [(subject: String, reason: String)]

  /// A run without any.
  static let none = FailedFolds(standing: [], again: [])

  private init(standing: [LedgerRecord.FoldFailed], again: [(subject: String, reason: String)]) {
    self.standing = standing
    self.again = again
  }

  /// - Parameters:
  ///   - subjects: Of the plan, in its order.
  ///   - retry: Whether the user asks for all to be trained again.
  ///   - cpu: This machine's.
  ///   - kernel: What computes the products on it.
  init(_ ledger: Ledger, subjects: [String], retry: Bool, cpu: String, kernel: String) {
    let failed = ledger.failed
    var standing: [LedgerRecord.FoldFailed] = []
    var again: [(String, String)] = []
    for subject in subjects {
      guard let failure = failed[subject] else { continue }
      // An older ledger knows rank 0's alone.
      let itsCPU = failure.fold.cpu ?? failure.machine.cpu
      let itsKernel = failure.fold.kernel ?? failure.machine.kernel
      if retry {
        again.append((subject, "training.retry_failed is true"))
      } else if itsCPU != cpu {
        again.append((subject, "it failed on another CPU (\(itsCPU))"))
      } else if itsKernel != kernel {
        again.append((subject, "it failed with another kernel of products (\(itsKernel))"))
      } else {
        standing.append(failure.fold)
      }
    }
    self.init(standing: standing, again: again)
  }

  /// What a job says of them when it begins.
  var lines: [String] {
    again.map { "fold \($0.subject) failed in an earlier job and starts anew: \($0.reason)" }
      + standing.map {
        "fold \($0.subject) failed in an earlier job (\($0.cause)) and is not trained again, since "
          + "it would fail in the same way; training.retry_failed=true trains it all the same"
      }
  }

  /// What a job says at its end, when all others are finished.
  static func summary(_ failed: [LedgerRecord.FoldFailed], finished: Int, of folds: Int) -> String {
    "htnet: \(reason(failed)); \(finished) of \(folds) folds are finished, and no other is left: "
      + failed.map { "\($0.subject) (\($0.cause))" }.joined(separator: ", ") + "; "
      + FoldFailure.remedy + ", with another run directory"
  }

  /// In the ledger's and the last line's words.
  static func reason(_ failed: [LedgerRecord.FoldFailed]) -> String {
    "\(counted(failed.count, "fold")) failed: " + failed.map(\.subject).joined(separator: ", ")
  }
}
