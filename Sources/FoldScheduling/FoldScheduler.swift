/// A piece of work that is leased as a whole: today, one fold.
public struct TaskIdentifier: Hashable, Sendable, Comparable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
  public static func < (left: Self, right: Self) -> Bool { left.index < right.index }
}

/// Who trains what: a pure value without clock or messages, so that tests can drive it in any order.
public struct FoldScheduler: Sendable {
  /// The answer to a group that asks for work.
  public enum Answer: Equatable, Sendable {
    case lease(TaskIdentifier)
    /// Nothing to do now, but a task may come back, or be left to another group.
    case wait
    /// Nothing will come any more.
    case finished
  }

  private var pending: [TaskIdentifier]
  private(set) public var leases: [Int: TaskIdentifier] = [:]
  private(set) public var done: Set<TaskIdentifier> = []
  /// Tasks that no group can do now: nobody gets them again, and they are not done.
  private(set) public var aside: Set<TaskIdentifier> = []
  private(set) public var isStopping = false
  /// Groups that could not do a task, and do not get it again.
  private var refusals: [TaskIdentifier: Set<Int>] = [:]
  private let groups: Int

  /// - Parameters:
  ///   - tasks: What is to be done, first things first.
  ///   - groups: How many ask for work.
  public init(tasks: [TaskIdentifier], groups: Int) {
    pending = tasks.reversed()
    self.groups = groups
  }

  /// Tasks that nobody has.
  public var waiting: Int { pending.count }
  /// Whether every task is done.
  public var isComplete: Bool { pending.isEmpty && leases.isEmpty && aside.isEmpty }

  /// A group without a lease asks for work.
  public mutating func request(group: Int) -> Answer {
    precondition(leases[group] == nil, "group \(group) already has a lease")
    if isStopping { return .finished }
    guard let next = pending.lastIndex(where: { refusals[$0]?.contains(group) != true }) else {
      return pending.isEmpty && leases.isEmpty ? .finished : .wait
    }
    let task = pending.remove(at: next)
    leases[group] = task
    return .lease(task)
  }

  /// A group has finished its lease.
  public mutating func complete(group: Int) -> TaskIdentifier? {
    guard let task = leases.removeValue(forKey: group) else { return nil }
    done.insert(task)
    return task
  }

  /// A group gives its lease back unfinished; it is the next to be leased.
  public mutating func giveBack(group: Int) {
    if let task = leases.removeValue(forKey: group) { pending.append(task) }
  }

  /// A group cannot do its lease now: it is left to the others, or set aside if none of them can.
  ///
  /// - Returns: The task, and how many groups could not do it.
  public mutating func refuse(group: Int) -> (task: TaskIdentifier, refusals: Int)? {
    guard let task = leases.removeValue(forKey: group) else { return nil }
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
  public mutating func stop() { isStopping = true }
}
