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
public struct TaskScheduler: Sendable {
  /// The answer to a group that asks for work.
  public enum Answer: Equatable, Sendable {
    case lease(Lease)
    /// Nothing to do now, but a task may come back, or be left to another group.
    case wait
    /// Nothing will come any more.
    case finished
  }

  private var pending: [TaskKey]
  private(set) public var leases: [Int: Lease] = [:]
  private(set) public var done: Set<TaskKey> = []
  /// Tasks that no group can do now: nobody gets them again, and they are not done.
  private(set) public var aside: Set<TaskKey> = []
  /// Tasks that failed by themselves, as they would with every group: nobody gets them again.
  private(set) public var failed: Set<TaskKey> = []
  private(set) public var isStopping = false
  /// Groups that could not do a task, and do not get it again.
  private var refusals: [TaskKey: Set<Int>] = [:]
  private let groups: Int
  private var leaseCount = 0

  /// - Parameters:
  ///   - tasks: What is to be done, first things first.
  ///   - groups: How many ask for work.
  public init(tasks: [TaskKey], groups: Int) {
    pending = tasks.reversed()
    self.groups = groups
  }

  /// Tasks that nobody has.
  public var waiting: Int { pending.count }
  /// Whether nothing is left that this job could do.
  public var isOver: Bool { pending.isEmpty && leases.isEmpty && aside.isEmpty }
  /// Whether every task is done.
  public var isComplete: Bool { isOver && failed.isEmpty }

  /// A group without a lease asks for work.
  public mutating func request(group: Int) -> Answer {
    require(leases[group] == nil, "group \(group) already has a lease")
    if isStopping { return .finished }
    guard let next = pending.lastIndex(where: { refusals[$0]?.contains(group) != true }) else {
      return pending.isEmpty && leases.isEmpty ? .finished : .wait
    }
    leaseCount += 1
    let lease = Lease(task: pending.remove(at: next), number: leaseCount)
    leases[group] = lease
    return .lease(lease)
  }

  /// A group has finished its lease.
  public mutating func complete(group: Int) -> TaskKey? {
    guard let task = leases.removeValue(forKey: group)?.task else { return nil }
    done.insert(task)
    return task
  }

  /// A group gives its lease back unfinished; it is the next to be leased.
  public mutating func giveBack(group: Int) {
    if let task = leases.removeValue(forKey: group)?.task { pending.append(task) }
  }

  /// A group's task has failed by itself; the group is free for others.
  public mutating func fail(group: Int) -> TaskKey? {
    guard let task = leases.removeValue(forKey: group)?.task else { return nil }
    failed.insert(task)
    return task
  }

  /// A group cannot do its lease now: it is left to the others, or set aside if none of them can.
  ///
  /// - Returns: The task, and how many groups could not do it.
  public mutating func refuse(group: Int) -> (task: TaskKey, refusals: Int)? {
    guard let task = leases.removeValue(forKey: group)?.task else { return nil }
    refusals[task, default: []].insert(group)
    let count = refusals[task]?.count ?? 0
    if count == groups {
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
    return leases
  }
}
