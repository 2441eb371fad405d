import Console
import Logging
import Tasks

/// How the groups follow the tasks: what `TaskScheduler` decides is told to all who must know.
extension Coordinator {
  /// Seconds between two looks at how the ranks are shared.
  private static let groupsInterval = 0.25
  /// Seconds after which a group that has nothing to do asks again, and what each such group adds, so that
  /// many of them do not keep rank 0 busy.
  private static let askInterval = (first: 0.05, each: 0.0005)

  var secondsToWait: Double {
    Self.askInterval.first + Self.askInterval.each * Double(scheduler.groups.count)
  }

  /// Asks groups to yield where that brings the end nearer.
  func regroup() throws {
    let now = progress.seconds
    guard now - lookedAtGroups >= Self.groupsInterval, clock.reason == nil, lost.isEmpty else {
      return
    }
    lookedAtGroups = now
    guard scheduler.mayRegroup, let outlook = progress.outlook(cost: costOfYield) else { return }
    let yielding = scheduler.regroup(outlook, at: now)
    if !yielding.isEmpty { lastChange = now }
    for (group, lease) in yielding {
      guard let leader = scheduler.groups[group]?.leader else { continue }
      yieldedAt[lease.task] = now
      try inbox.send(.yield(lease: lease.number), to: leader)
    }
  }

  /// A group has saved its task's state, and leaves it.
  func noteYielded(_ group: Int) {
    let task = scheduler.leases[group]?.task
    giveBack(group)
    // With others a new group goes on at once, and says so.
    guard let task, scheduler.passesOver(task) else { return }
    var (place, fields) = ("", Logger.Metadata())
    if case .checkpoint(let epoch, let step) = journal.directory.continuation(of: task) {
      place = " after epoch \(epoch), step \(step)"
      fields = ["epoch": .stringConvertible(epoch)]
    }
    logger.notice(
      "fold \(task) waits\(place): its ranks are needed for other folds now",
      metadata: .event("fold-waits", task, fields))
  }

  /// A task goes on from a checkpoint.
  ///
  /// - Returns: Whether another group has left it for this one.
  func noteResumed(_ task: TaskKey) -> Bool {
    guard let since = yieldedAt.removeValue(forKey: task) else { return false }
    // A task that has waited for a turn says nothing of what a change costs.
    if since == lastChange {
      costOfYield = max(costOfYield / 2, progress.seconds - since)
    }
    return true
  }

  /// Tells the parts around the scheduler of groups that have changed.
  func followGroups() {
    guard scheduler.formations != knownFormations else { return }
    knownFormations = scheduler.formations
    heartbeat.regroup(scheduler.groups.values)
    progress.regroup(scheduler.groups.values)
  }
}
