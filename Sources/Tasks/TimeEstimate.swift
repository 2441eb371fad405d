/// How fast a group trains: work over the seconds that it took, the recent one above all.
struct ObservedRate: Sendable {
  private var work = 0.0
  private var seconds = 0.0
  private var reports = 0

  /// Seconds of training that count fully; older ones count half, a quarter …
  private static let window = 60.0

  /// Whether more than the first step was seen.
  var isWarm: Bool { reports > 1 }

  /// Work a second; nil: nothing was seen yet.
  var value: Double? { work > 0 && seconds > 0 ? work / seconds : nil }

  mutating func add(work: Double, seconds: Double) {
    reports += 1
    // The first step finds memory and caches cold: it counts until there is another.
    if reports == 2 { (self.work, self.seconds) = (0, 0) }
    self.work += work
    self.seconds += seconds
    if self.seconds > Self.window {
      self.work /= 2
      self.seconds /= 2
    }
  }
}

/// How long a job has still to run, by what its groups were seen to do: a pure value, whose clock
/// is handed in as seconds since any moment.
///
/// A group's rate is that of its own steps, so neither the start of the job nor that of a fold counts
/// as training; what a fold takes besides its steps is counted for each fold that is to come. The
/// rest is dealt out as the scheduler would.
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
  }

  private struct Group: Sendable {
    let ranks: [Int]
    var rate = ObservedRate()
    var task: TaskKey?
    var begun = 0.0
    /// Seconds of the lease's steps.
    var trained = 0.0
    /// Whether it is known how much of the task was done before the lease.
    var isPlaced = false
    var lastReport = 0.0
    /// Seconds that the last report's samples took.
    var lastSeconds = 0.0
  }

  /// In the order in which the scheduler leases them.
  private let order: [Task]
  private let tasks: [TaskKey: Task]
  /// Samples that are not trained on yet, of each task that this job has still to do.
  private var left: [TaskKey: Int]
  private var groups: [Int: Group]
  /// Whether groups change as the tasks need it.
  private let isElastic: Bool
  private let ranks: Int
  /// The most ranks that a task can use.
  private let mostRanks: Int
  /// Work a second of groups of each size, and whether more than a first step was seen.
  private var rates: [Int: (rate: Double, isWarm: Bool)] = [:]
  /// Seconds besides their steps that finished leases took, and how many they were.
  private var besides = (seconds: 0.0, leases: 0)

  /// How much a new observation of a size counts against the older ones.
  private static let newness = 0.2

  /// - Parameters:
  ///   - tasks: In the order in which they are leased.
  ///   - groups: Those that train at first.
  ///   - mostRanks: That a task can use, where groups change; nil: they do not.
  public init(tasks: [Task], groups: [RankGroup], mostRanks: Int? = nil) {
    order = tasks
    self.tasks = Dictionary(uniqueKeysWithValues: tasks.map { ($0.key, $0) })
    left = Dictionary(uniqueKeysWithValues: tasks.map { ($0.key, max($0.samples - $0.done, 0)) })
    self.groups = Dictionary(
      uniqueKeysWithValues: groups.map { ($0.number, Group(ranks: $0.ranks)) })
    isElastic = mostRanks != nil
    self.mostRanks = mostRanks ?? groups.map(\.ranks.count).max() ?? 1
    ranks = groups.reduce(0) { $0 + $1.ranks.count }
  }

  /// The groups have changed.
  public mutating func regroup(_ now: some Sequence<RankGroup>) {
    let known = groups
    groups = Dictionary(
      uniqueKeysWithValues: now.map { ($0.number, known[$0.number] ?? Group(ranks: $0.ranks)) })
  }

  /// A group gets a task.
  public mutating func begin(group: Int, _ task: TaskKey, at now: Double) {
    groups[group]?.task = task
    groups[group]?.begun = now
    groups[group]?.lastReport = now
    groups[group]?.lastSeconds = 0
    groups[group]?.trained = 0
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
  public mutating func advance(group: Int, samples: Int, seconds: Double, at now: Double) {
    guard let task = groups[group]?.task.flatMap({ tasks[$0] }) else { return }
    // A checkpoint that could not be used was not said to be: the task begins anew.
    if groups[group]?.isPlaced == false { resume(group: group, done: 0) }
    left[task.key] = max(left[task.key, default: 0] - samples, 0)
    groups[group]?.rate.add(work: Double(samples) * task.cost, seconds: seconds)
    groups[group]?.trained += seconds
    groups[group]?.lastReport = now
    groups[group]?.lastSeconds = seconds
    if let group = groups[group] { note(group) }
  }

  /// Learns how fast groups of this size are.
  private mutating func note(_ group: Group) {
    guard let rate = group.rate.value else { return }
    let isWarm = group.rate.isWarm
    guard let known = rates[group.ranks.count], known.isWarm else {
      rates[group.ranks.count] = (rate, isWarm)
      return
    }
    guard isWarm else { return }
    rates[group.ranks.count]?.rate += Self.newness * (rate - known.rate)
  }

  /// How much faster groups are than one rank: of the smallest size that was seen it is an assumption,
  /// and the others are compared with that.
  private var speedup: Speedup {
    let expected = Speedup(mostRanks: mostRanks)
    guard let first = rates.min(by: { $0.key < $1.key }) else { return expected }
    return Speedup(
      mostRanks: mostRanks,
      observed: rates.filter { $0.value.isWarm && first.value.isWarm }
        .mapValues { $0.rate / first.value.rate * expected(first.key) })
  }

  /// A group's task is over for this lease.
  ///
  /// - Parameter isLeft: Whether it is still to be done by this job.
  public mutating func end(group number: Int, isLeft: Bool, at now: Double) {
    guard let group = groups[number], let task = group.task else { return }
    groups[number]?.task = nil
    guard !isLeft else { return }
    left[task] = nil
    guard group.trained > 0 else { return }
    besides.seconds += max(now - group.begun - group.trained, 0)
    besides.leases += 1
  }

  /// Samples a second of all groups that train.
  public var rate: Double {
    groups.values.reduce(0) { sum, group in
      guard let task = group.task.flatMap({ tasks[$0] }) else { return sum }
      return sum + (group.rate.value ?? 0) / task.cost
    }
  }

  /// Work a second of one rank; nil: no step was seen yet.
  private var rateOfOneRank: Double? {
    rates.min { $0.key < $1.key }.map { $0.value.rate / Speedup(mostRanks: mostRanks)($0.key) }
  }

  /// Work that is left of a group's task: since the last report it has gone on, but nobody knows that
  /// beyond one more such report.
  private func workLeft(of group: Group, rate: Double, at now: Double) -> Double {
    guard let task = group.task.flatMap({ tasks[$0] }) else { return 0 }
    let since = min(now - group.lastReport, group.lastSeconds)
    return max(Double(left[task.key, default: 0]) * task.cost - rate * since, 0)
  }

  /// What an elastic scheduler must know; nil: groups do not change, or of a group that has a task no
  /// step was seen yet.
  ///
  /// - Parameter cost: Seconds that a group loses when it yields.
  public func outlook(at now: Double, cost: Double) -> Outlook? {
    guard isElastic, let one = rateOfOneRank,
      groups.values.allSatisfy({ $0.task == nil || $0.rate.value != nil })
    else { return nil }
    return Outlook(left: secondsOfOneRank(one, at: now), speedup: speedup, cost: cost)
  }

  private func secondsOfOneRank(_ one: Double, at now: Double) -> [TaskKey: Double] {
    var seconds: [TaskKey: Double] = [:]
    for (key, samples) in left {
      seconds[key] = Double(samples) * (tasks[key]?.cost ?? 1) / one
    }
    for group in groups.values {
      guard let task = group.task, left[task] != nil else { continue }
      seconds[task] = workLeft(of: group, rate: group.rate.value ?? 0, at: now) / one
    }
    return seconds
  }

  /// Seconds until the job's last task is done; nil: no step was seen yet.
  public func secondsLeft(at now: Double) -> Double? {
    guard let one = rateOfOneRank else { return nil }
    let extra = besides.leases > 0 ? besides.seconds / Double(besides.leases) : 0
    let running = Set(groups.values.compactMap(\.task))
    if isElastic {
      let seconds = secondsOfOneRank(one, at: now)
      let waiting = seconds.keys.count { !running.contains($0) }
      return RankAllotment.seconds(Array(seconds.values), ranks: ranks, speedup)
        + extra * Double(waiting) / Double(max(ranks, 1))
    }
    let speedup = speedup
    // In order, so that equal ones are dealt alike.
    var free = groups.sorted { $0.key < $1.key }.map { _, group in
      let rate = group.rate.value ?? one * speedup(group.ranks.count)
      return (seconds: workLeft(of: group, rate: rate, at: now) / rate, rate: rate)
    }
    for task in order where !running.contains(task.key) {
      guard let count = left[task.key] else { continue }
      guard let next = free.indices.min(by: { free[$0].seconds < free[$1].seconds }) else { break }
      free[next].seconds += extra + Double(count) * task.cost / free[next].rate
    }
    return free.map(\.seconds).max()
  }
}
