/// What is left, by what was seen.
extension TimeEstimate {
  /// Samples a second of all groups that train.
  ///
  /// - Parameter silent: Groups of which nobody knows whether they do.
  public func rate(without silent: Set<Int> = []) -> Double {
    groups.reduce(0) { sum, entry in
      let (number, group) = entry
      guard !silent.contains(number), let task = group.task.flatMap({ tasks[$0] }) else {
        return sum
      }
      return sum + (group.taskRate ?? group.rate.value ?? 0) / task.cost
    }
  }

  /// Whether all that is known of the speed is an earlier job's.
  public var isByEarlierJob: Bool { overall.value == nil }

  /// Work a second of a group at its task, or at one that waits; nil: nothing is known.
  private func rate(of group: Group, at task: Task) -> Double? {
    // An earlier job says more than a cold first step.
    if group.task == task.key, let rate = group.taskRate,
      group.mine.isWarm || earlier[task.kind] == nil
    {
      return rate
    }
    let speed = speedup(group.ranks.count)
    if let known = known[task.key] { return known.rate * speed / speedup(known.size) }
    if group.kind == task.kind, group.rate.isWarm, let rate = group.rate.value { return rate }
    let pace = group.pace.isWarm ? group.pace.value ?? 1 : 1
    return usualRate(task).map { $0 * speed * pace } ?? group.rate.value
  }

  /// Where tasks end, by those that have; nil: at their last epoch.
  private var survival: EarlyEnds.Survival? {
    guard earlyEnds.isSeen else { return nil }
    let running = groups.values.compactMap { group in group.task.flatMap { tasks[$0] } }
    return earlyEnds.survival(running: running.map { share(of: $0) })
  }

  private func share(of task: Task) -> Double {
    1 - Double(left[task.key, default: 0]) / Double(max(task.samples, 1))
  }

  /// Work that is left of a task, if it ends where others have.
  private func workLeft(_ task: Task, _ survival: EarlyEnds.Survival?) -> Double {
    let left = Double(left[task.key, default: 0])
    guard let survival else { return left * task.cost }
    let done = share(of: task)
    return min(left, (survival.end(after: done) - done) * Double(task.samples)) * task.cost
  }

  /// Work that is left of a group's task: since the last report it has gone on, but nobody knows that
  /// beyond one more such report.
  private func workLeft(
    of group: Group, _ task: Task, rate: Double, _ survival: EarlyEnds.Survival?, at now: Double
  ) -> Double {
    let since = min(now - group.lastReport, group.lastSeconds)
    return max(workLeft(task, survival) - rate * since, 0)
  }

  /// What an elastic scheduler must know; nil: groups do not change, or of a group that has a task no
  /// step was seen yet.
  ///
  /// - Parameter cost: Seconds that a group loses when it yields.
  public func outlook(at now: Double, cost: Double) -> Outlook? {
    guard isElastic, groups.values.allSatisfy({ $0.task == nil || $0.rate.value != nil }),
      let left = secondsOfOneRank(at: now, rate: { steadyRate($0) })
    else { return nil }
    return Outlook(left: left, speedup: observed.sure, cost: cost)
  }

  /// Work a second of one rank at a task, for those who share ranks out: what is usual, unless the task was
  /// seen to be far from it in all its leases. Whatever changed with each look, or with the ranks that
  /// have the task, would change the groups again and again.
  private func steadyRate(_ task: Task) -> Double? {
    guard let usual = usualRate(task), let mine = alone[task.key], mine.isWarm,
      let rate = mine.value, !Self.near.contains(rate / usual)
    else { return usualRate(task) }
    return rate
  }

  /// A task's rate over the usual one that says nothing.
  private static let near = 0.75...1.33

  /// Seconds that one rank would need for what is left of each task, if it were as slow as it was seen to be;
  /// nil: nothing is known of one.
  ///
  /// - Parameter rate: What to take for a task's rate on one rank; nil: that of its group, or its last one.
  private func secondsOfOneRank(at now: Double, rate steady: ((Task) -> Double?)? = nil)
    -> [TaskKey: Double]?
  {
    let survival = survival
    var seconds: [TaskKey: Double] = [:]
    for group in groups.values {
      guard let task = group.task.flatMap({ tasks[$0] }), left[task.key] != nil else { continue }
      guard let rate = rate(of: group, at: task) else { return nil }
      let work = workLeft(of: group, task, rate: rate, survival, at: now)
      guard let alone = steady.map({ $0(task) }) ?? (rate / speedup(group.ranks.count)) else {
        return nil
      }
      seconds[task.key] = work / alone
    }
    for key in left.keys where seconds[key] == nil {
      guard let task = tasks[key], let usual = steady.map({ $0(task) }) ?? usualRate(task) else {
        return nil
      }
      let last = steady == nil ? known[key].map { $0.rate / speedup($0.size) } : nil
      seconds[key] = workLeft(task, survival) / (last ?? usual)
    }
    return seconds
  }

  /// Seconds until the job's last task is done; nil: nothing is known of the speed.
  public func secondsLeft(at now: Double) -> Double? {
    let (before, after) = (besides.before.value ?? 0, besides.after.value ?? 0)
    let begun = Set(groups.values.compactMap(\.task))
    if isElastic {
      guard let seconds = secondsOfOneRank(at: now) else { return nil }
      let waiting = seconds.keys.count { !begun.contains($0) }
      return RankAllotment.seconds(Array(seconds.values), ranks: ranks, speedup)
        + (before + after) * Double(waiting) / Double(max(ranks, 1))
    }
    let survival = survival
    // In order, so that equal ones are dealt alike.
    let order = groups.sorted { $0.key < $1.key }.map(\.value)
    var free = Array(repeating: 0.0, count: order.count)
    for (index, group) in order.enumerated() {
      guard let task = group.task.flatMap({ tasks[$0] }), left[task.key] != nil else { continue }
      guard let rate = rate(of: group, at: task) else { return nil }
      free[index] = workLeft(of: group, task, rate: rate, survival, at: now) / rate + after
      if group.setUp == nil { free[index] += max(before - (now - group.begun), 0) }
    }
    for task in self.order where !begun.contains(task.key) && left[task.key] != nil {
      guard let next = free.indices.min(by: { free[$0] < free[$1] }) else { break }
      guard let rate = rate(of: order[next], at: task) else { return nil }
      free[next] += before + workLeft(task, survival) / rate + after
    }
    return free.max()
  }
}
