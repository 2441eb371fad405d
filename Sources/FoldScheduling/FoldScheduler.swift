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
    /// Nothing to do now, but a lease of another group may come back.
    case wait
    /// Nothing will come any more.
    case finished
  }

  private var pending: [TaskIdentifier]
  private(set) public var leases: [Int: TaskIdentifier] = [:]
  private(set) public var done: Set<TaskIdentifier> = []
  /// Tasks that cannot be done now: nobody gets them again, and they are not done.
  private(set) public var aside: Set<TaskIdentifier> = []
  private(set) public var isStopping = false

  /// - Parameter tasks: What is to be done, first things first.
  public init(tasks: [TaskIdentifier]) { pending = tasks.reversed() }

  /// Tasks that nobody has.
  public var waiting: Int { pending.count }
  /// Whether every task is done.
  public var isComplete: Bool { pending.isEmpty && leases.isEmpty && aside.isEmpty }

  /// A group without a lease asks for work.
  public mutating func request(group: Int) -> Answer {
    precondition(leases[group] == nil, "group \(group) already has a lease")
    if isStopping { return .finished }
    guard let task = pending.popLast() else { return leases.isEmpty ? .finished : .wait }
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

  /// A group's lease cannot be done now.
  public mutating func setAside(group: Int) -> TaskIdentifier? {
    guard let task = leases.removeValue(forKey: group) else { return nil }
    aside.insert(task)
    return task
  }

  /// No new leases from now on.
  public mutating func stop() { isStopping = true }
}
