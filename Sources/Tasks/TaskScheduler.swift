import Requirements

/// A task in a group's hands.
///
/// The number tells it from every other lease of the job, of the same task too, so that an order
/// about one that is over is known as stale.
public struct Lease: Hashable, Sendable, Codable {
  public let task: TaskKey
  public let number: Int

  public init(task: TaskKey, number: Int) {
    self.task = task
    self.number = number
  }
}

/// Who trains what: a pure value without clock or messages, so that tests can drive it in any order.
///
/// Groups ask for work. An elastic scheduler also changes the groups, so that no rank is idle while a task
/// could use it: `TaskScheduler+Regrouping.swift`.
public struct TaskScheduler: Sendable {
  /// The answer to a group that asks for work.
  public enum Answer: Equatable, Sendable {
    case lease(Lease)
    /// Nothing to do now, but a task may come back, or be left to another group.
    case wait
    /// The group is no more: each of its ranks is in one of these.
    case regroup([RankGroup])
    /// Nothing will come any more.
    case finished
  }

  var pending: [TaskKey]
  /// The groups that have not been told that nothing will come any more, by number.
  public internal(set) var groups: [Int: RankGroup]
  public internal(set) var leases: [Int: Lease] = [:]
  private(set) public var done: Set<TaskKey> = []
  /// Tasks that no group can do now: nobody gets them again, and they are not done.
  public internal(set) var aside: Set<TaskKey> = []
  /// Tasks that failed by themselves, as they would with every group: nobody gets them again.
  private(set) public var failed: Set<TaskKey> = []
  private(set) public var isStopping = false
  /// Ranks whose group could not do a task, which do not get it again.
  var refusals: [TaskKey: Set<Int>] = [:]
  /// Of all groups, those that are lost not counted.
  var ranks: Int
  private var leaseCount = 0

  // What `TaskScheduler+Regrouping.swift` keeps.
  var isElastic: Bool
  /// Groups that have asked in vain.
  var idle: Set<Int> = []
  var regrouping: Regrouping?
  /// What a new group was formed for.
  var reserved: [Int: TaskKey] = [:]
  /// What groups that are no more have become, until their leaders ask.
  var moves: [Int: [RankGroup]] = [:]
  var nextGroup: Int
  /// How often the groups have changed.
  public internal(set) var formations = 0
  var regroupedAt: Double?

  // What `TaskScheduler+Losses.swift` keeps.
  /// Ranks that are lost.
  var lost: Set<Int> = []
  /// What is left of groups that have lost ranks, until all of it has come, by their number.
  var broken: [Int: BrokenGroup] = [:]
  /// The group that each rank of a new one was in before.
  var previous: [Int: RankGroup] = [:]

  /// - Parameters:
  ///   - tasks: What is to be done, first things first.
  ///   - groups: Who asks for work.
  ///   - isElastic: Whether groups may change.
  public init(tasks: [TaskKey], groups: [RankGroup], isElastic: Bool = false) {
    pending = tasks.reversed()
    self.groups = Dictionary(uniqueKeysWithValues: groups.map { ($0.number, $0) })
    ranks = groups.reduce(0) { $0 + $1.ranks.count }
    nextGroup = (groups.map(\.number).max() ?? -1) + 1
    self.isElastic = isElastic
  }

  /// Tasks that nobody has.
  public var waiting: Int { pending.count }
  /// Whether every task is done or has failed: none waits, runs or is set aside.
  public var isOver: Bool {
    pending.isEmpty && leases.isEmpty && aside.isEmpty
      && broken.values.allSatisfy { $0.task == nil }
  }
  /// Whether a group is left, or will be once its ranks have come.
  public var hasGroups: Bool { !groups.isEmpty || !broken.isEmpty }
  /// Whether any rank was lost.
  public var hasLost: Bool { !lost.isEmpty }
  /// Whether a group may say anything: of one that is given up only late words come.
  public func knows(group: Int) -> Bool { groups[group] != nil || moves[group] != nil }
  /// Whether every task is done.
  public var isComplete: Bool { isOver && failed.isEmpty }

  /// Whether a group may get a task: none of its ranks has refused it.
  func mayTrain(_ task: TaskKey, _ ranks: [Int]) -> Bool {
    refusals[task]?.isDisjoint(with: ranks) ?? true
  }

  /// Whether a change of groups that is under way has no ranks for a task.
  public func passesOver(_ task: TaskKey) -> Bool {
    regrouping.map { !$0.tasks.contains(task) } ?? false
  }

  /// A group without a lease asks for work.
  public mutating func request(group: Int) -> Answer {
    require(leases[group] == nil, "group \(group) already has a lease")
    // Others may be forming the new groups already: none of their ranks may stay away.
    if let move = moves.removeValue(forKey: group) { return .regroup(move) }
    if isStopping { return finish(group) }
    if regrouping?.groups.contains(group) == true {
      return arrives(group) ? request(group: group) : .wait
    }
    let ranks = groups[group]?.ranks ?? []
    let kept = reserved.removeValue(forKey: group)
    let taken = Set(reserved.values)
    let next =
      kept.flatMap { task in pending.lastIndex { $0 == task && mayTrain($0, ranks) } }
      ?? pending.lastIndex { task in
        !taken.contains(task) && regrouping?.tasks.contains(task) != true
          && mayTrain(task, ranks)
      }
    guard let next else {
      if pending.isEmpty && leases.isEmpty && broken.isEmpty { return finish(group) }
      idle.insert(group)
      return .wait
    }
    leaseCount += 1
    let lease = Lease(task: pending.remove(at: next), number: leaseCount)
    idle.remove(group)
    leases[group] = lease
    return .lease(lease)
  }

  private mutating func finish(_ group: Int) -> Answer {
    groups[group] = nil
    idle.remove(group)
    return .finished
  }

  /// A group has finished its lease.
  public mutating func complete(group: Int) -> TaskKey? {
    guard let task = leases.removeValue(forKey: group)?.task else { return nil }
    done.insert(task)
    return task
  }

  /// A group gives its lease back unfinished; it is the next to be leased, unless a change says otherwise.
  public mutating func giveBack(group: Int) {
    if let task = leases.removeValue(forKey: group)?.task { pending.append(task) }
  }

  /// A group's task has failed by itself; the group is free for others.
  public mutating func fail(group: Int) -> TaskKey? {
    guard let task = leases.removeValue(forKey: group)?.task else { return nil }
    failed.insert(task)
    return task
  }

  /// A group cannot do its lease now: it is left to other ranks, or set aside if none is left.
  ///
  /// - Returns: The task, and how many ranks could not do it.
  public mutating func refuse(group: Int) -> (task: TaskKey, refusals: Int)? {
    guard let task = leases.removeValue(forKey: group)?.task else { return nil }
    refusals[task, default: []].formUnion(groups[group]?.ranks ?? [])
    let count = refusals[task]?.count ?? 0
    if count == ranks {
      aside.insert(task)
    } else {
      pending.insert(task, at: 0)
    }
    return (task, count)
  }

  /// No new leases from now on.
  ///
  /// - Returns: The leases that run, by group: theirs are to be told.
  public mutating func stop() -> [Int: Lease] {
    isStopping = true
    regrouping = nil
    return leases
  }
}
