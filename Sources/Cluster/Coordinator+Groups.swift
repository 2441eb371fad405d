import Tasks

/// A task that changes its group. What it waits in between is not lost: others train then.
struct Yield {
  let asked: Double
  /// Seconds until its state was saved.
  var saving: Double?
  /// When the next group got it.
  var begun: Double?
}

/// How the groups follow the tasks: what `TaskScheduler` decides is told to all who must know.
extension Coordinator {
  /// Seconds between two looks at how the ranks are shared.
  private static let lookInterval = 0.25
  /// Seconds after which a group that has nothing to do asks again, and what each such group adds, so that
  /// many of them do not keep rank 0 busy.
  private static let askInterval = (first: 0.05, each: 0.0005)

  var secondsToWait: Double {
    Self.askInterval.first + Self.askInterval.each * Double(scheduler.groups.count)
  }

  /// Asks groups to yield where that brings the end nearer.
  func regroup() throws {
    let now = progress.seconds
    guard now - lookedAtGroups >= Self.lookInterval, clock.reason == nil, lost.isEmpty else {
      return
    }
    lookedAtGroups = now
    guard let outlook = progress.outlook(cost: costOfYield) else { return }
    for (group, lease) in scheduler.regroup(outlook, at: now) {
      guard let leader = scheduler.groups[group]?.leader else { continue }
      yields[lease.task] = Yield(asked: now)
      try inbox.send(.yield(lease: lease.number), to: leader)
    }
  }

  /// A task goes on from a checkpoint.
  ///
  /// - Returns: Whether another group has left it for this one.
  func noteResumed(_ task: TaskKey) -> Bool {
    guard let yield = yields.removeValue(forKey: task), let saving = yield.saving,
      let begun = yield.begun
    else { return false }
    costOfYield = (costOfYield + saving + progress.seconds - begun) / 2
    return true
  }

  /// A group's state is saved.
  func noteYielded(_ group: Int) {
    guard let task = scheduler.leases[group]?.task, let yield = yields[task] else { return }
    yields[task]?.saving = progress.seconds - yield.asked
  }

  /// Tells the parts around the scheduler of groups that have changed.
  func followGroups() {
    guard scheduler.formations != knownFormations else { return }
    knownFormations = scheduler.formations
    heartbeat.regroup(scheduler.groups.values)
    progress.regroup(scheduler.groups.values)
  }
}
