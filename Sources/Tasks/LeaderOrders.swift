/// What the coordinator tells a group's leader, and a leader its group.
///
/// All orders to a leader travel in one stream. So a stop is heard before the answer to any request
/// that follows it, and none is left when the leader has been told to end.
public enum Order: Codable, Equatable, Sendable {
  /// Train this lease's task.
  case train(Lease)
  /// Ask again soon.
  case wait
  /// There is nothing left to do.
  case end
  /// Stop the task of the lease with this number after the step that runs.
  case stop(lease: Int)
}

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
/// A stop may cross the message that its fold is finished. It then belongs to a lease that is over,
/// and means nothing to the next one.
public struct LeaderOrders: Sendable {
  /// The lease that is trained.
  private(set) public var lease: Lease?

  public init() {}

  /// An order that comes while the leader waits for the answer to a request.
  ///
  /// - Returns: The answer; nil: it was a stop that came too late, and the answer is still to come.
  /// - Throws: `UnexpectedOrder`.
  public mutating func answer(_ order: Order) throws -> Order? {
    guard lease == nil else { throw UnexpectedOrder(order: order, lease: lease) }
    switch order {
    case .stop: return nil
    case .train(let lease): self.lease = lease
    case .wait, .end: break
    }
    return order
  }

  /// An order that comes while a task is trained.
  ///
  /// - Returns: Whether the task stops.
  /// - Throws: `UnexpectedOrder`.
  public func stops(_ order: Order) throws -> Bool {
    guard let lease, case .stop(let number) = order else {
      throw UnexpectedOrder(order: order, lease: lease)
    }
    return number == lease.number
  }

  /// The task is over, whatever came of it.
  public mutating func endLease() { lease = nil }
}
