import Console
import Foundation
import HTNetModel
import Job
import Tasks

/// How a job ends before its time.
extension Coordinator {
  /// Lets every group stop after its step; only the first reason counts.
  ///
  /// - Parameters:
  ///   - signal: The one that asks for it, if one does and its name is known.
  ///   - stopped: A task whose group has stopped by itself.
  func stopAll(_ reason: String, signal: String? = nil, stopped: TaskKey? = nil) throws {
    // Asked again at every turn while a signal stands.
    guard clock.reason == nil else { return }
    clock.begin(reason, bound: try boundOfStop())
    for (group, lease) in scheduler.stop() {
      guard let leader = scheduler.groups[group]?.leader else { continue }
      try inbox.send(.stop(lease: lease.number), to: leader)
    }
    if let signal, stop.launcher.isHasty(signal) {
      sayHasty(reason, stopped: stopped)
    } else {
      logger.notice("\(StopNotice.patient(reason, bound: clock.bound))")
    }
  }

  /// Says what mpirun may leave of the running folds, and of one that has just stopped.
  func sayHasty(_ reason: String, stopped: TaskKey? = nil) {
    saidHasty = true
    let running = plan.ordered(
      Set(scheduler.leases.values.map(\.task) + [stopped].compactMap { $0 }))
    let lines = StopNotice.hasty(
      reason, bound: clock.bound,
      running: running.prefix(StopNotice.named).map {
        .init(task: $0, checkpoint: journal.directory.newestCheckpoint($0, now: Date()))
      }, others: max(running.count - StopNotice.named, 0), launcher: stop.launcher)
    for line in lines { logger.notice("\(line)") }
  }

  /// Seconds that a stop may take: for the running step and, at 50 MB/s over all groups, for the state
  /// of every running fold. It is shorter than ranks that have stopped wait for the others.
  private func boundOfStop() throws -> Double {
    let bytes = try scheduler.leases.values.reduce(0.0) {
      try $0 + 12 * Double(HTNet(plan[$1.task].configuration.model).layout.weightCount)
    }
    let seconds = 30 + 4 * (longestStep ?? 30) + bytes / 50e6
    return min(seconds, 0.9 * inbox.world.deadline).rounded(.up)
  }

  /// Says why the run is not complete.
  func end() -> Ending {
    let reasons = [clock.reason, foldsAside, failed.isEmpty ? nil : FailedFolds.reason(failed)]
      .compactMap { $0 }
    let reason = reasons.isEmpty ? "no group is left" : reasons.joined(separator: "; ")
    journal.end(reason)
    for fold in unsaved { logger.warning("\(fold)") }
    if journal.failure == nil && scheduler.isOver {
      logger.error(
        "\(FailedFolds.summary(failed, finished: progress.done, of: plan.tasks.count))\(losses)")
      return .foldsFailed
    }
    logger.notice(
      """
      stopped (\(reason)): \(progress.done) of \(plan.tasks.count) \(plan.unit)s are finished; run the same \
      command again to go on\(losses)
      """, metadata: ["event": "job-stopped"])
    // A job that was asked to stop goes on in the next one, whatever is set aside.
    if journal.failure == nil && (clock.reason != nil || scheduler.aside.isEmpty) {
      return .stopped
    }
    return .filesFailed
  }
}
