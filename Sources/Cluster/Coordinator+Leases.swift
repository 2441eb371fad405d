import Console
import Job
import Logging
import RunStore
import Tasks
import Wording

/// How tasks are leased, and come back.
extension Coordinator {
  /// Gives a group what there is to do for it.
  func answer(_ group: Int, _ leader: Int) throws {
    let answer = scheduler.request(group: group)
    followGroups()
    switch answer {
    case .lease(let lease):
      // Before the ledger's line, after which the fold has not failed, and would go on.
      if anew.remove(lease.task) != nil {
        journal.directory.checkpoints(lease.task).removeAll()
      }
      let ranks = scheduler.groups[group]?.ranks ?? []
      guard
        journal.record(
          .foldStarted(.init(time: LedgerRecord.now, task: lease.task, ranks: ranks)))
      else {
        scheduler.giveBack(group: group)
        try stopAll(Journal.cannotWrite)
        return try self.answer(group, leader)
      }
      epochs.begin(lease.task)
      progressFile.begin(lease.task)
      progress.begin(
        group: group, lease.task, epochs: plan[lease.task].configuration.training.epochs,
        checkpoint: journal.directory.continuation(of: lease.task).epoch)
      try inbox.send(.train(lease), to: leader)
    case .wait: try inbox.send(.wait(seconds: secondsToWait), to: leader)
    case .regroup(let groups): try inbox.send(.regroup(groups), to: leader)
    case .finished:
      heartbeat.end(group: group)
      try inbox.send(.end, to: leader)
    }
  }

  func finish(_ group: Int, _ result: TaskResult, seconds: Double) throws {
    let keepsWeights = plan[result.task].keepsWeights
    epochs.finish(result.task, losses: result.losses)
    guard journal.keep(result, seconds: seconds, weightsKept: keepsWeights) else {
      noteUnsaved(group)
      giveBack(group)
      return try stopAll(Journal.cannotWrite)
    }
    progress.end(group: group, .finished)
    journal.directory.checkpoints(result.task).removeAll()
    _ = scheduler.complete(group: group)
    let loss = result.losses.last ?? .nan
    logger.notice(
      """
      fold \(result.task) finished, \(progress.done) of \(plan.tasks.count): loss \
      \(decimals(loss, 4)), \(decimals(seconds, 1)) s
      """,
      metadata: .event(
        "fold-finished", result.task,
        [
          "done": .stringConvertible(progress.done), "loss": .stringConvertible(loss),
          "seconds": .stringConvertible(seconds),
        ]))
  }

  func giveBack(_ group: Int) {
    scheduler.giveBack(group: group)
    progress.end(group: group, .left)
  }
}

extension Logger.Metadata {
  /// What happened to which fold, for scripts.
  static func event(_ name: String, _ task: TaskKey, _ more: Self = [:]) -> Self {
    var fields: Self = ["event": .string(name), "fold": .string(task.split)]
    if let setting = task.setting { fields["setting"] = .string(setting) }
    if let seed = task.seed { fields["seed"] = .stringConvertible(seed) }
    if let inner = task.inner { fields["inner"] = .stringConvertible(inner) }
    return fields.merging(more) { $1 }
  }
}
