import Files
import Tasks
import RunStore
import Training

/// Folds that a group could not train, and groups that are lost.
extension Coordinator {
  /// Gives up groups that have fallen silent: the others stop in good order, and then the job ends.
  func noteLost(_ groups: [Int: String]) throws {
    let news = groups.filter { lost[$0.key] == nil }.sorted { $0.key < $1.key }.map(\.value)
      .joined(separator: "; ")
    lost.merge(groups) { $1 }
    guard !news.isEmpty else { return }
    guard let reason = stopReason else { return try stopAll(news) }
    stopReason = "\(reason); \(news)"
  }

  /// Why the job ends without its lost groups, of which the ledger knows then.
  func giveUp() -> GroupsLost {
    // As at a stop in good order: a job that does not say why it ended has crashed.
    try? ledger.append(.jobStopped(.init(time: Self.now, reason: stopReason ?? "")))
    for fold in unsaved { progress.say("\(fold)") }
    return GroupsLost(groups: lost.sorted { $0.key < $1.key }.map(\.value))
  }

  /// Writes down that a group's fold failed by its own numbers; the group goes on with others.
  ///
  /// - Parameters:
  ///   - cpu: Of the group's leader.
  ///   - kernel: What computes the products there.
  func noteFailed(_ group: Int, _ failure: FoldFailure, cpu: String, kernel: String) throws {
    guard let subject = progress.running[group]?.subject else { return }
    let fold = LedgerRecord.FoldFailed(
      time: Self.now, subject: subject, epoch: failure.epoch, step: failure.step,
      reason: failure.reason, cpu: cpu, kernel: kernel)
    guard record(.foldFailed(fold)) else {
      giveBack(group)
      return try stopAll(Self.cannotWrite)
    }
    _ = scheduler.fail(group: group)
    progress.end(group: group, .failed)
    failed.append(fold)
    let others = scheduler.waiting + scheduler.leases.count > 0
    progress.say(
      "htnet: fold \(subject) failed in \(fold.cause)"
        + (others ? "; the others go on without it" : ""))
  }

  /// Leaves a fold, whose checkpoints a group cannot read, to the other groups; if nobody can read
  /// them, all go on without it in this job.
  func refuse(_ group: Int, _ error: FileError) {
    guard let (task, _) = scheduler.refuse(group: group) else { return }
    let subject = plan.folds[task.index].subject
    let isNew = refusals.add(task, ranks: layout.groups[group], error)
    if scheduler.aside.contains(task) {
      progress.end(group: group, .setAside)
      progress.say(
        refusals.lines(task, subject: subject).map { "htnet: \($0)" }.joined(separator: "\n"))
    } else {
      progress.end(group: group, .left)
      guard isNew else { return }
      progress.say(
        "htnet: warning: \(error); fold \(subject) is left to other ranks than "
          + "\(layout.groups[group].lowerBound) and its group")
    }
  }

  /// The folds that are set aside; nil: there is none.
  var foldsAside: String? {
    let subjects = scheduler.aside.sorted().map { plan.folds[$0.index].subject }
    guard !subjects.isEmpty else { return nil }
    return "\(counted(subjects.count, "fold")) set aside, as checkpoints cannot be read: "
      + subjects.joined(separator: ", ")
  }

  /// Remembers the fold that a group trains as one whose last state is lost.
  func noteUnsaved(_ group: Int) {
    guard let subject = progress.running[group]?.subject else { return }
    unsaved.append(UnsavedFold(subject, directory.checkpoints(subject)))
  }
}
