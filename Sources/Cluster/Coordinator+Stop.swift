import Tasks
import Foundation
import HTNetModel
import MPI
import RunStore

/// How a job ends before its time.
extension Coordinator {
  /// Lets every group stop after its step; only the first reason counts.
  ///
  /// - Parameter signal: The one that asks for it, if one does and its name is known.
  func stopAll(_ reason: String, signal: String? = nil) throws {
    guard stopReason == nil else { return }
    stopReason = reason
    stopTime = DispatchTime.now().uptimeNanoseconds
    let bound = try boundOfStop()
    stopBound = bound
    for (group, lease) in scheduler.stop() {
      try world.send(
        message: Order.stop(lease: lease.number), to: layout.groups[group].lowerBound,
        tag: Tag.order)
    }
    if let signal, stop.launcher.isMpirun, StopSignal.isHasty(signal) {
      sayHasty(reason)
    } else {
      progress.say(StopNotice.patient(reason, bound: bound))
    }
  }

  /// Says what mpirun may leave of the running folds.
  func sayHasty(_ reason: String) {
    saidHasty = true
    let subjects = scheduler.leases.values.sorted { $0.task < $1.task }.map {
      plan.folds[$0.task.index].subject
    }
    progress.say(
      StopNotice.hasty(
        reason, bound: stopBound ?? 0,
        running: subjects.prefix(StopNotice.named).map {
          .init(subject: $0, checkpoint: directory.newestCheckpoint($0, now: Date()))
        }, others: max(subjects.count - StopNotice.named, 0), launcher: stop.launcher))
  }

  /// Seconds that a stop may take: the running step and, at 50 MB/s over all groups, the state of
  /// every running fold; less than ranks that are done wait for the others.
  private func boundOfStop() throws -> Double {
    let weights = try HTNet(plan.configuration.model).layout.weightCount
    let bytes = 12 * Double(weights) * Double(scheduler.leases.count)
    let seconds = 30 + 4 * (longestStep ?? 30) + bytes / 50e6
    return min(seconds, 0.9 * world.deadline).rounded(.up)
  }

  /// Says why the run is not complete.
  func end() -> Ending {
    let reasons = [stopReason, foldsAside, failed.isEmpty ? nil : FailedFolds.reason(failed)]
      .compactMap { $0 }
    let reason = reasons.isEmpty ? "no group is left" : reasons.joined(separator: "; ")
    // A job that does not say why it ended has crashed; that is all that is lost if this fails too.
    try? ledger.append(.jobStopped(.init(time: Self.now, reason: reason)))
    for fold in unsaved { progress.say("\(fold)") }
    if failure == nil && scheduler.isOver {
      progress.say(
        FailedFolds.summary(failed, finished: progress.done, of: plan.folds.count))
      return .foldsFailed
    }
    progress.say(
      "stopped (\(reason)): \(progress.done) of \(plan.folds.count) folds are finished; run the "
        + "same command again to go on")
    // A job that was asked to stop goes on in the next one, whatever is set aside.
    if failure == nil && (stopReason != nil || scheduler.aside.isEmpty) { return .stopped }
    return .filesFailed
  }
}
