import Wording

/// How long a scheduler lets one job run, and what of that the job can train.
public struct JobTime: Sendable {
  /// Seconds before the end at which Slurm has a job of `cluster/htnet.sbatch` stop: its
  /// `--signal=B:USR1@180`.
  public static let notice = 180

  /// Seconds that the job may run.
  package let seconds: Double

  /// nil: nothing is left before the notice.
  public init?(seconds: Double) {
    guard seconds > Double(Self.notice) else { return nil }
    self.seconds = seconds
  }

  /// How many such jobs it takes to train for so many seconds, in words.
  package func jobs(training total: Double) -> String {
    let each = seconds - Double(Self.notice)
    // A job loses what it trained since its last checkpoint only where it is killed.
    let count = max(1, Int((total / each).rounded(.up)))
    return
      "\(count) of \(duration(seconds)) one after another, each trains for \(duration(each)) at most: "
      + "the Slurm template stops it \(Self.notice) s before its end"
  }
}
