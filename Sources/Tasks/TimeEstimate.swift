/// How long a job has still to run, by what its groups were seen to do: a pure value, whose clock
/// is handed in as seconds since any moment.
///
/// A group's rate is that of its own steps, so neither the start of the job nor that of a fold counts
/// as training; what a fold takes besides its steps is counted for each fold that is to come. The
/// rest is dealt out as the scheduler would: `TimeEstimate+Left.swift`.
public struct TimeEstimate: Sendable {
  /// What a task takes.
  public struct Task: Sendable {
    public let key: TaskKey
    /// That it trains on in all.
    public let samples: Int
    /// Of these, what a checkpoint says is done.
    public let done: Int
    /// Work of a sample, in a unit that all tasks share.
    public let cost: Double

    public init(key: TaskKey, samples: Int, done: Int, cost: Double = 1) {
      self.key = key
      self.samples = samples
      self.done = done
      self.cost = cost
    }

    var kind: TaskKind { TaskKind(key) }
  }

  struct Group: Sendable {
    let ranks: [Int]
    /// Of all its tasks of the kind that it trains; its second one and later ones begin with what is known of
    /// it.
    var rate = ObservedRate()
    var kind: TaskKind?
    /// The same over what is usual: 1, as fast as others.
    var pace = ObservedRate()
    var task: TaskKey?
    /// Of the lease.
    var mine = ObservedRate()
    var begun = 0.0
    /// Seconds of the lease's steps.
    var trained = 0.0
    /// Seconds from the lease to its first step; nil: none was seen yet.
    var setUp: Double?
    /// Whether it is known how much of the task was done before the lease.
    var isPlaced = false
    var lastReport = 0.0
    /// Seconds that the last report's samples took.
    var lastSeconds = 0.0

    /// Work a second at its task; nil: it has reported no step yet.
    var taskRate: Double? { mine.isWarm || !rate.isWarm ? mine.value : nil }
  }

  /// In the order in which the scheduler leases them.
  let order: [Task]
  let tasks: [TaskKey: Task]
  /// Samples that are not trained on yet, of each task that this job has still to do.
  var left: [TaskKey: Int]
  private(set) var groups: [Int: Group]
  /// Whether groups change as the tasks need it.
  let isElastic: Bool
  private(set) var ranks: Int
  /// How much faster groups are than one rank.
  private(set) var observed: ObservedSpeedup
  var speedup: Speedup { observed.speedup }
  /// Work a second of one rank as an earlier job had it, by kind.
  let earlier: [TaskKind: Double]
  /// The same as this job has it.
  private(set) var usual: [TaskKind: ObservedRate] = [:]
  /// By how much this job is faster than the earlier one.
  private(set) var overEarlier = ObservedRate()
  /// Of all kinds.
  private(set) var overall = ObservedRate()
  /// Tasks that were given back: the size of the group, and its rate.
  private(set) var known: [TaskKey: (size: Int, rate: Double)] = [:]
  /// Work a second of one rank at each task that was begun, over all its leases.
  private(set) var alone: [TaskKey: ObservedRate] = [:]
  private(set) var earlyEnds = EarlyEnds()
  /// Seconds of a lease from its beginning to its first step, and from the last one to its end.
  private(set) var besides = (before: ObservedMean(), after: ObservedMean())

  /// What so many times as many ranks are faster at most, over so many.
  private static let mostGain = 1.25

  /// - Parameters:
  ///   - tasks: In the order in which they are leased.
  ///   - groups: Those that train at first.
  ///   - mostRanks: That a task can use, where groups change; nil: they do not.
  ///   - earlier: Work a second of one rank in an earlier job, for the kinds of which that is known.
  public init(
    tasks: [Task], groups: [RankGroup], mostRanks: Int? = nil, earlier: [TaskKind: Double] = [:]
  ) {
    order = tasks
    self.tasks = Dictionary(uniqueKeysWithValues: tasks.map { ($0.key, $0) })
    left = Dictionary(uniqueKeysWithValues: tasks.map { ($0.key, max($0.samples - $0.done, 0)) })
    self.groups = Dictionary(
      uniqueKeysWithValues: groups.map { ($0.number, Group(ranks: $0.ranks)) })
    isElastic = mostRanks != nil
    observed = ObservedSpeedup(mostRanks: mostRanks ?? groups.map(\.ranks.count).max() ?? 1)
    ranks = groups.reduce(0) { $0 + $1.ranks.count }
    self.earlier = earlier
  }

  /// The groups have changed.
  public mutating func regroup(_ now: some Sequence<RankGroup>) {
    let known = groups
    groups = Dictionary(
      uniqueKeysWithValues: now.map { ($0.number, known[$0.number] ?? Group(ranks: $0.ranks)) })
    ranks = groups.values.reduce(0) { $0 + $1.ranks.count }
  }

  /// A group gets a task.
  public mutating func begin(group: Int, _ task: TaskKey, at now: Double) {
    let kind = TaskKind(task)
    if groups[group]?.kind != kind { groups[group]?.rate = ObservedRate() }
    groups[group]?.kind = kind
    groups[group]?.task = task
    groups[group]?.mine = ObservedRate()
    groups[group]?.begun = now
    groups[group]?.lastReport = now
    groups[group]?.lastSeconds = 0
    groups[group]?.trained = 0
    groups[group]?.setUp = nil
    groups[group]?.isPlaced = false
  }

  /// A group's task goes on from a checkpoint, with so many samples done.
  public mutating func resume(group: Int, done: Int) {
    guard let task = groups[group]?.task.flatMap({ tasks[$0] }) else { return }
    left[task.key] = max(task.samples - done, 0)
    groups[group]?.isPlaced = true
  }

  /// A group has trained on samples.
  ///
  /// - Parameter seconds: What they took, by the group's own clock.
  public mutating func advance(group number: Int, samples: Int, seconds: Double, at now: Double) {
    guard let task = groups[number]?.task.flatMap({ tasks[$0] }) else { return }
    // A checkpoint that could not be used was not said to be: the task begins anew.
    if groups[number]?.isPlaced == false { resume(group: number, done: 0) }
    left[task.key] = max(left[task.key, default: 0] - samples, 0)
    guard var group = groups[number] else { return }
    let work = Double(samples) * task.cost
    if group.setUp == nil {
      let setUp = max(now - group.begun - seconds, 0)
      group.setUp = setUp
      besides.before.add(setUp)
    }
    group.rate.add(work: work, seconds: seconds)
    group.mine.add(work: work, seconds: seconds)
    group.trained += seconds
    group.lastReport = now
    group.lastSeconds = seconds
    // A lease's first step is slower than the others.
    let isAllThatIsKnown = !overall.isWarm && earlier[task.kind] == nil
    if group.mine.isWarm || isAllThatIsKnown { note(task, &group, work: work, seconds: seconds) }
    groups[number] = group
  }

  /// Learns what is usual, and how much faster groups of this size are.
  private mutating func note(_ task: Task, _ group: inout Group, work: Double, seconds: Double) {
    if let known = known[task.key], known.size != group.ranks.count, let rate = group.mine.value {
      let (small, large) = (min(known.size, group.ranks.count), max(known.size, group.ranks.count))
      let ratio = group.ranks.count == large ? rate / known.rate : known.rate / rate
      // More is another rank's doing. Less is what a slow network does to small steps.
      if ratio <= Self.mostGain * Double(large) / Double(small) {
        observed.add(large, speed: ratio * speedup(small), seconds: seconds)
      }
    }
    let alone = seconds * speedup(group.ranks.count)
    overall.add(work: work, seconds: alone)
    self.alone[task.key, default: ObservedRate()].add(work: work, seconds: alone)
    usual[task.kind, default: ObservedRate()].add(work: work, seconds: alone)
    if let earlier = earlier[task.kind] { overEarlier.add(work: work / earlier, seconds: alone) }
    if let usual = usualRate(task) { group.pace.add(work: work / usual, seconds: alone) }
  }

  /// Work a second of one rank at such tasks; nil: nothing is known.
  func usualRate(_ task: Task) -> Double? {
    usual[task.kind]?.value ?? earlier[task.kind].map { $0 * (overEarlier.value ?? 1) }
      ?? overall.value
  }

  /// What became of a task that a group has had: it is still to be done by this job; it was trained; or this
  /// job does not train it further, and how far it came says nothing of others.
  public enum End: Sendable { case left, finished, givenUp }

  /// A group's task is over for this lease.
  public mutating func end(group number: Int, _ end: End, at now: Double) {
    guard let group = groups[number], let task = group.task.flatMap({ tasks[$0] }) else { return }
    groups[number]?.task = nil
    if end == .left {
      if group.mine.isWarm, let rate = group.mine.value {
        known[task.key] = (group.ranks.count, rate)
      }
      return
    }
    alone[task.key] = nil
    let rest = left.removeValue(forKey: task.key) ?? 0
    known[task.key] = nil
    guard end == .finished, let setUp = group.setUp else { return }
    besides.after.add(max(now - group.begun - setUp - group.trained, 0))
    earlyEnds.add(1 - Double(rest) / Double(max(task.samples, 1)))
  }
}
