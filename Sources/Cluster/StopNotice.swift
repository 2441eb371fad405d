import Console
import Tasks
import Wording

/// What a user is told when a job is asked to stop. It promises only what is certain, as far
/// as the launcher is known: how soon srun's step is killed is not.
struct StopNotice {
  /// A fold that is being trained, and where its last checkpoint stands.
  struct Running {
    let task: TaskKey
    /// Such as `after epoch 3, step 1 (40 s old)`; nil: it has none.
    let checkpoint: String?
  }

  /// Folds whose checkpoints are named.
  static let named = 4

  /// A stop that the ranks are given the time for.
  ///
  /// - Parameter bound: Seconds that it may take.
  static func patient(_ reason: String, bound: Double) -> String {
    "stopping after the running steps: \(reason); \(promise(bound))"
  }

  private static func promise(_ bound: Double) -> String {
    "checkpoints are written and the job ends within \(Int(bound)) s"
  }

  /// A stop that mpirun may cut short: it does so if it got the signal itself or lost a rank. The ranks
  /// cannot tell.
  ///
  /// - Parameters:
  ///   - bound: Seconds that the stop may take otherwise.
  ///   - running: At most `named` of the folds that are being trained.
  ///   - others: How many more are.
  /// - Returns: One sentence a line.
  static func hasty(
    _ reason: String, bound: Double, running: [Running], others: Int, launcher: Launcher
  ) -> [String] {
    var standing = running.map { "\($0.task) \($0.checkpoint ?? "has none yet")" }
    if others > 0 { standing.append("and \(counted(others, "more fold"))") }
    var lines = [
      "stopping after the running steps: \(reason)",
      "if mpirun got the signal too, or lost a rank, it ends the ranks about \(Launcher.grace) s "
        + "later, and only checkpoints that are written by then count",
    ]
    if !standing.isEmpty {
      lines.append("until then the last ones stand: " + standing.joined(separator: ", "))
    }
    return lines + [
      "if mpirun lets the ranks go on, \(promise(bound))",
      "to stop with new checkpoints send \(Launcher.checkpointSignal) to mpirun"
        + (launcher.mpirun.map { ": kill -\(Launcher.checkpointSignal.dropFirst(3)) \($0)" }
          ?? ", on the host where it runs"),
    ]
  }
}
