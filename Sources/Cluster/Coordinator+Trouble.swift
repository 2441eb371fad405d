import Console
import Files
import Job
import Logging
import RunStore
import Tasks
import Training
import Wording

/// Folds that a group could not train, and groups that are lost.
extension Coordinator {
  /// Gives up groups that have fallen silent: the others stop in good order, and then the job ends.
  func noteLost(_ groups: [Int: String]) throws {
    let news = groups.filter { lost[$0.key] == nil }.sorted { $0.key < $1.key }.map(\.value)
      .joined(separator: "; ")
    lost.merge(groups) { $1 }
    guard !news.isEmpty else { return }
    guard clock.reason != nil else { return try stopAll(news) }
    clock.add(news)
  }

  /// Why the job ends without its lost groups, of which the ledger knows then.
  func giveUp() -> GroupsLost {
    journal.end(clock.reason ?? "")
    for fold in unsaved { logger.warning("\(fold)") }
    return GroupsLost(groups: lost.sorted { $0.key < $1.key }.map(\.value))
  }

  /// Writes down that a group's fold failed by its own numbers; the group goes on with others.
  ///
  /// - Parameters:
  ///   - cpu: Of the group's leader.
  ///   - kernel: What computes the products there.
  func noteFailed(_ group: Int, _ failure: FoldFailure, cpu: String, kernel: String) throws {
    guard let task = scheduler.leases[group]?.task else { return }
    let fold = LedgerRecord.FoldFailed(
      time: LedgerRecord.now, task: task, epoch: failure.epoch, step: failure.step,
      reason: failure.reason, cpu: cpu, kernel: kernel)
    guard journal.record(.foldFailed(fold)) else {
      giveBack(group)
      return try stopAll(Journal.cannotWrite)
    }
    _ = scheduler.fail(group: group)
    progress.end(group: group, .failed)
    failed.append(fold)
    let others = scheduler.waiting + scheduler.leases.count > 0
    logger.error(
      "fold \(task) failed in \(fold.cause)\(others ? "; the others go on without it" : "")",
      metadata: .event("fold-failed", task))
  }

  /// Leaves a fold, whose checkpoints a group cannot read, to the other groups; if nobody can read
  /// them, all go on without it in this job.
  func refuse(_ group: Int, _ error: FileError, leader: Int) {
    let ranks = scheduler.groups[group]?.ranks ?? []
    guard let (task, _) = scheduler.refuse(group: group) else { return }
    let isNew = refusals.add(task, ranks: ranks, error)
    if scheduler.aside.contains(task) {
      progress.end(group: group, .setAside)
      for line in refusals.lines(task) { logger.error("\(line)") }
    } else {
      progress.end(group: group, .left)
      guard isNew else { return }
      logger.warning(
        """
        \(error); fold \(task) is left to other ranks than \(leader) and its group
        """)
    }
  }

  /// The folds that are set aside; nil: there is none.
  var foldsAside: String? {
    let tasks = plan.ordered(scheduler.aside)
    guard !tasks.isEmpty else { return nil }
    return "\(counted(tasks.count, "fold")) set aside, as checkpoints cannot be read: "
      + tasks.named()
  }

  /// Remembers the fold that a group trains as one whose last state is lost.
  func noteUnsaved(_ group: Int) {
    guard let task = scheduler.leases[group]?.task else { return }
    unsaved.append(
      UnsavedFold(task: task, continuation: journal.directory.continuation(of: task)))
  }
}
