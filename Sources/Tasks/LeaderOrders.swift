/// What the coordinator tells a group's leader, and a leader its group.
///
/// All orders to a leader travel in one stream. So a stop is heard before the answer to any request
/// that follows it, and none is left when the leader has been told to end.
public enum Order: Codable, Equatable, Sendable {
  /// Train this lease's task.
  case train(Lease)
  /// Ask again after so many seconds.
  case wait(seconds: Double)
  /// Leave the group: each of its ranks is in one of these now.
  case regroup([RankGroup])
  /// To each rank of a group that was given up, which is in this one now.
  case rescue(RankGroup)
  /// There is nothing left to do.
  case end
  /// Stop the task of the lease with this number after the step that runs.
  case stop(lease: Int)
  /// The same, but only once its state is saved, and then ask for work.
  case yield(lease: Int)
}

/// Why a task that is trained is left.
public enum Interruption: Sendable, Equatable { case stop, yield }

/// An order that no coordinator gives at this point: the two sides are not of one program.
public struct UnexpectedOrder: Error, CustomStringConvertible, Equatable {
  public let order: Order
  public let lease: Lease?

  public init(order: Order, lease: Lease?) {
    self.order = order
    self.lease = lease
  }

  public var description: String {
    "the coordinator's order \(order) came "
      + (lease.map { "while lease \($0.number) is trained" } ?? "without a lease")
      + ": this is an error in htnet"
  }
}

/// What a leader makes of its orders: a pure value.
///
/// A stop, or the wish to yield, may cross the message that its fold is finished. It then belongs to a
/// lease that is over, and means nothing to the next one.
public struct LeaderOrders: Sendable {
  /// The lease that is trained.
  private(set) public var lease: Lease?

  public init() {}

  /// An order that comes while the leader waits for the answer to a request.
  ///
  /// - Returns: The answer; nil: it was about a lease that is over, and the answer is still to come.
  /// - Throws: `UnexpectedOrder`.
  public mutating func answer(_ order: Order) throws -> Order? {
    guard lease == nil else { throw UnexpectedOrder(order: order, lease: lease) }
    switch order {
    case .stop, .yield: return nil
    case .rescue: throw UnexpectedOrder(order: order, lease: nil)
    case .train(let lease): self.lease = lease
    case .wait, .end, .regroup: break
    }
    return order
  }

  /// An order that comes while a task is trained.
  ///
  /// - Returns: What it asks for; nil: it is about a lease that is over.
  /// - Throws: `UnexpectedOrder`.
  public func interruption(_ order: Order) throws -> Interruption? {
    switch (order, lease) {
    case (.stop(let number), let lease?): return number == lease.number ? .stop : nil
    case (.yield(let number), let lease?): return number == lease.number ? .yield : nil
    default: throw UnexpectedOrder(order: order, lease: lease)
    }
  }

  /// The task is over, whatever came of it.
  public mutating func endLease() { lease = nil }
}
