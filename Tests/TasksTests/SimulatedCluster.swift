import Tasks
import TestSupport

/// A job of ranks, groups and tasks, with the real scheduler and the real estimate, and a clock that jumps.
struct SimulatedCluster {
  private struct Group {
    let ranks: [Int]
    var lease: Lease?
    /// When it began to train, and work that was left then.
    var begun = 0.0
    var left = 0.0
    var reported = 0.0
    var speed = 1.0
    var isYielding = false
  }

  private enum Event {
    case asks(Int)
    case ends(group: Int, lease: Int)
    case hasYielded(group: Int, lease: Int)
    case breaks(group: Int, lease: Int)
    case dies(rank: Int)
    case leaves(rank: Int)
    case look
  }

  /// Seconds until the last task was done.
  private(set) var seconds = 0.0
  /// How often groups have yielded.
  private(set) var yields = 0
  /// How often each task was finished.
  private(set) var finished: [TaskKey: Int] = [:]
  /// How many leases have ended early.
  private(set) var troubled = 0
  /// Ranks that have died.
  private(set) var dead: Set<Int> = []
  /// Ranks that have had a task.
  private(set) var trained: Set<Int> = []
  /// At each look, the seconds that are said to be left; nil: nobody asks.
  private(set) var estimates: [(now: Double, left: Double)]?

  private let machine: Machine
  private let tasks: [TaskKey: Task]
  private let interval: Double
  private var troubles: Troubles?
  private var scheduler: TaskScheduler
  private var estimate: TimeEstimate
  private var groups: [Int: Group] = [:]
  private var left: [TaskKey: Double]
  private var asking: Set<Int> = []
  private var gathering: [Int: Set<Int>] = [:]
  /// Groups that are given up.
  private var abandoned: Set<Int> = []
  private var queue = EventQueue<Event>()
  private var known = 0

  /// - Parameters:
  ///   - tasks: First things first.
  ///   - interval: Seconds between two looks at the groups.
  ///   - estimates: Whether what is estimated is kept.
  init(
    _ tasks: [Task], layout: RankGroups, mostRanks: Int, interval: Double, machine: Machine,
    troubles: Troubles? = nil, estimates: Bool = false, earlier: [TaskKind: Double] = [:]
  ) {
    self.machine = machine
    self.troubles = troubles
    self.interval = interval
    self.tasks = Dictionary(uniqueKeysWithValues: tasks.map { ($0.key, $0) })
    left = self.tasks.mapValues { $0.work * (1 - $0.done) }
    scheduler = TaskScheduler(
      tasks: tasks.map(\.key), groups: layout.groups, isElastic: layout.isElastic)
    estimate = TimeEstimate(
      tasks: tasks.map(\.known), groups: layout.groups,
      mostRanks: layout.isElastic ? mostRanks : nil, earlier: earlier)
    self.estimates = estimates ? [] : nil
    noteEstimate(0)
    for group in layout.groups {
      groups[group.number] = Group(ranks: group.ranks)
      queue.add(.asks(group.number), at: 0)
    }
    queue.add(.look, at: interval)
    guard var random = troubles?.random else { return }
    let ranks = layout.groups.flatMap(\.ranks).shuffled(using: &random)
    let end = left.values.reduce(0, +) / Double(ranks.count)
    for rank in ranks.dropFirst().prefix(troubles?.deaths ?? 0) {
      queue.add(.dies(rank: rank), at: .random(in: 0...(1.5 * end), using: &random))
    }
    self.troubles?.random = random
  }

  mutating func run() {
    while let (now, event) = queue.next() {
      switch event {
      case .asks(let group): ask(group, now)
      case .ends(let group, let lease): end(group, lease, now)
      case .hasYielded(let group, let lease): hasYielded(group, lease, now)
      case .breaks(let group, let lease): breaks(group, lease, now)
      case .dies(let rank): die(rank, now)
      case .leaves(let rank): enter(scheduler.comes(rank: rank), now)
      case .look: look(now)
      }
    }
  }

  private mutating func ask(_ number: Int, _ now: Double) {
    guard groups[number] != nil else { return }
    let answer = scheduler.request(group: number)
    switch answer {
    case .wait: asking.insert(number)
    case .finished: groups[number] = nil
    case .regroup(let new):
      guard let old = groups.removeValue(forKey: number) else { return }
      for group in new {
        let mine = group.ranks.filter { old.ranks.contains($0) }
        enter(Dictionary(uniqueKeysWithValues: mine.map { ($0, group) }), now)
      }
    case .lease(let lease):
      guard var group = groups[number], let left = left[lease.task] else { return }
      let slowest = group.ranks.map(machine.speed).min() ?? 1
      group.lease = lease
      group.begun = now + machine.beginning
      group.reported = group.begun
      group.left = left
      group.speed = slowest * machine.speedup(group.ranks.count)
      group.isYielding = false
      groups[number] = group
      follow()
      trained.formUnion(group.ranks)
      estimate.begin(group: number, lease.task, at: now)
      let task = tasks[lease.task]
      let done = task.map { Int(($0.work - left) * $0.samplesOfSecond) } ?? 0
      if done > 0 { estimate.resume(group: number, done: done) }
      queue.add(
        .ends(group: number, lease: lease.number), at: group.begun + left / group.speed)
      if var troubles {
        let share = Double.random(in: 0...1, using: &troubles.random)
        self.troubles = troubles
        if share < troubles.perLease {
          queue.add(
            .breaks(group: number, lease: lease.number),
            at: group.begun + 3 * share * left / group.speed)
        }
      }
    }
    follow()
  }

  /// Ranks come to their new groups, each of which begins when all have.
  private mutating func enter(_ homes: [Int: RankGroup], _ now: Double) {
    for (rank, group) in homes.sorted(by: { $0.key < $1.key }) {
      if abandoned.contains(group.number) {
        queue.add(.leaves(rank: rank), at: now + 0.1)
        continue
      }
      gathering[group.number, default: []].insert(rank)
      guard gathering[group.number]?.count == group.ranks.count else { continue }
      gathering[group.number] = nil
      groups[group.number] = Group(ranks: group.ranks)
      queue.add(.asks(group.number), at: now)
    }
    follow()
  }

  /// A rank dies, and all that wait for it leave their group.
  private mutating func die(_ rank: Int, _ now: Double) {
    guard groups.values.contains(where: { $0.ranks.contains(rank) }) || !gathering.isEmpty else {
      return
    }
    dead.insert(rank)
    let group = scheduler.groups.values.first { $0.ranks.contains(rank) }?.number
    if let group { estimate.end(group: group, .left, at: now) }
    guard let loss = scheduler.lose(rank: rank) else { return }
    abandoned.formUnion(loss.abandoned)
    for number in loss.abandoned {
      let waiting =
        (groups.removeValue(forKey: number)?.ranks ?? [])
        + (gathering.removeValue(forKey: number) ?? [])
      for rank in waiting.sorted() where !dead.contains(rank) {
        queue.add(.leaves(rank: rank), at: now + 0.1)
      }
    }
    enter(loss.homes, now)
    follow()
  }

  /// Tells the estimate of groups that have changed.
  private mutating func follow() {
    guard scheduler.formations != known else { return }
    known = scheduler.formations
    estimate.regroup(scheduler.groups.values)
  }

  /// Tells the estimate what a group has trained on until now.
  private mutating func report(_ number: Int, _ now: Double) {
    guard let group = groups[number], let lease = group.lease, now > group.reported else { return }
    estimate.advance(
      group: number,
      samples: Int(
        (now - group.reported) * group.speed * (tasks[lease.task]?.samplesOfSecond ?? 0)),
      seconds: now - group.reported, at: now)
    groups[number]?.reported = now
  }

  private mutating func end(_ number: Int, _ lease: Int, _ now: Double) {
    guard let group = groups[number], let mine = group.lease, mine.number == lease,
      !group.isYielding
    else { return }
    report(number, now)
    estimate.end(group: number, .finished, at: now)
    groups[number]?.lease = nil
    left[mine.task] = nil
    if let task = scheduler.complete(group: number) { finished[task, default: 0] += 1 }
    seconds = now
    queue.add(.asks(number), at: now)
  }

  /// A lease ends early: the task is given back, or left to other ranks; or the group cannot save its state
  /// when it is to yield.
  private mutating func breaks(_ number: Int, _ lease: Int, _ now: Double) {
    guard let group = groups[number], let mine = group.lease, mine.number == lease else { return }
    troubled += 1
    if group.isYielding, lease % 2 == 0 {
      scheduler.keep(group: number)
      groups[number]?.isYielding = false
      return queue.add(.ends(group: number, lease: lease), at: now + group.left / group.speed)
    }
    estimate.end(group: number, .left, at: now)
    groups[number]?.lease = nil
    // Whoever can read nothing is one of many.
    if lease % 3 == 0, scheduler.groups.count > 4, troubles?.deaths == 0 {
      _ = scheduler.refuse(group: number)
    } else {
      scheduler.giveBack(group: number)
    }
    queue.add(.asks(number), at: now)
  }

  private mutating func hasYielded(_ number: Int, _ lease: Int, _ now: Double) {
    guard let group = groups[number], group.isYielding, let mine = group.lease, mine.number == lease
    else { return }
    estimate.end(group: number, .left, at: now)
    groups[number]?.lease = nil
    scheduler.giveBack(group: number)
    queue.add(.asks(number), at: now)
  }

  private mutating func noteEstimate(_ now: Double) {
    guard estimates != nil, let left = estimate.secondsLeft(at: now) else { return }
    estimates?.append((now, left))
  }

  /// Lets those who wait ask again.
  private mutating func wake(_ now: Double) {
    for group in asking.sorted() { queue.add(.asks(group), at: now) }
    asking = []
  }

  private mutating func look(_ now: Double) {
    guard !scheduler.isOver else { return wake(now) }
    for number in groups.keys.sorted() { report(number, now) }
    noteEstimate(now)
    if let outlook = estimate.outlook(at: now, cost: machine.yielding + machine.beginning) {
      for (number, lease) in scheduler.regroup(outlook, at: now).sorted(by: { $0.key < $1.key }) {
        guard let group = groups[number] else { continue }
        yields += 1
        groups[number]?.isYielding = true
        left[lease.task] = max(group.left - max(now - group.begun, 0) * group.speed, 0)
        queue.add(.hasYielded(group: number, lease: lease.number), at: now + machine.yielding)
      }
    }
    wake(now)
    queue.add(.look, at: now + interval)
  }
}
