import Synchronization

/// A group of ranks is given up, since one of them is lost.
public struct GroupAbandoned: Error, CustomStringConvertible, Equatable {
  public let group: Int
  public var description: String { "group \(group) is given up: a rank of it is lost" }
}

/// The groups that are given up, as far as this process knows. Any thread may use it.
public final class AbandonedGroups: Sendable {
  private let numbers = Mutex<Set<Int>>([])

  public init() {}

  public func add(_ group: Int) { numbers.withLock { _ = $0.insert(group) } }

  /// - Throws: `GroupAbandoned` if the group is given up.
  public func check(_ group: Int) throws {
    if numbers.withLock({ $0.contains(group) }) { throw GroupAbandoned(group: group) }
  }
}
