import Tasks
import TestSupport
import XCTest

/// A stop may cross the message that a fold is finished; it must not stay, nor meet the next fold.
final class LeaderOrdersTests: XCTestCase {
  private enum Word {
    case request
    case finished
    case stopped
  }

  /// A group's leader, with what is on its way to and from it.
  private struct Leader {
    var orders = LeaderOrders()
    var toCoordinator: [Word] = []
    var toLeader: [Order] = []
    var waits = false
    var hasEnded = false
    /// Stops that came when their lease was over.
    var stale = 0
    /// Leases that a stop ended.
    var stopped: [Int] = []
  }

  /// Coordinator and leaders under every order of events, with messages that take any time.
  func testNoStopStaysAndNoneMeetsAnotherLease() throws {
    var random = SeededGenerator(seed: 20)
    var stale = 0
    var stopped = 0
    for _ in 0..<2000 {
      let tasks = Int.random(in: 1...12, using: &random)
      let groups = Int.random(in: 1...4, using: &random)
      var scheduler = TaskScheduler(
        tasks: (0..<tasks).map { TaskKey($0) }, groups: RankGroup.alone(groups))
      var leaders = [Leader](repeating: Leader(), count: groups)
      var told: Set<Int> = []
      var stopsIn = Int.random(in: 0...150, using: &random)
      while leaders.contains(where: { !$0.hasEnded }) {
        stopsIn -= 1
        if stopsIn == 0 {
          for (group, lease) in scheduler.stop() {
            leaders[group].toLeader.append(.stop(lease: lease.number))
            told.insert(lease.number)
          }
        }
        let group = Int.random(in: 0..<groups, using: &random)
        if Int.random(in: 0..<60, using: &random) == 0, let lease = scheduler.leases[group],
          told.insert(lease.number).inserted
        {
          leaders[group].toLeader.append(.yield(lease: lease.number))
        }
        if Bool.random(using: &random) {
          coordinate(&scheduler, group, &leaders[group])
        } else {
          try lead(&leaders[group], &random)
        }
      }
      for leader in leaders {
        XCTAssertEqual(leader.toLeader, [], "an order is pending at the end")
        XCTAssertTrue(leader.toCoordinator.isEmpty, "a message is pending at the end")
        XCTAssertTrue(told.isSuperset(of: leader.stopped), "another lease was stopped")
        stale += leader.stale
        stopped += leader.stopped.count
      }
    }
    XCTAssertGreaterThan(stale, 100, "the race was not met")
    XCTAssertGreaterThan(stopped, 100)
  }

  private func coordinate(_ scheduler: inout TaskScheduler, _ group: Int, _ leader: inout Leader) {
    guard !leader.toCoordinator.isEmpty else { return }
    switch leader.toCoordinator.removeFirst() {
    case .finished: XCTAssertNotNil(scheduler.complete(group: group))
    case .stopped: scheduler.giveBack(group: group)
    case .request:
      switch scheduler.request(group: group) {
      case .lease(let lease): leader.toLeader.append(.train(lease))
      case .wait: leader.toLeader.append(.wait(seconds: 0))
      case .regroup: XCTFail("the groups do not change")
      case .finished: leader.toLeader.append(.end)
      }
    }
  }

  private func lead(_ leader: inout Leader, _ random: inout SeededGenerator) throws {
    guard !leader.hasEnded else { return }
    if let lease = leader.orders.lease {
      // One step, which may be the last.
      if !leader.toLeader.isEmpty {
        let order = leader.toLeader.removeFirst()
        if let interruption = try leader.orders.interruption(order) {
          XCTAssertEqual(
            order,
            interruption == .stop ? .stop(lease: lease.number) : .yield(lease: lease.number))
          leader.stopped.append(lease.number)
          leader.orders.endLease()
          leader.toCoordinator.append(.stopped)
          return
        }
      }
      guard Int.random(in: 0..<4, using: &random) == 0 else { return }
      leader.orders.endLease()
      leader.toCoordinator.append(.finished)
    } else if !leader.waits {
      leader.toCoordinator.append(.request)
      leader.waits = true
    } else if !leader.toLeader.isEmpty {
      guard let answer = try leader.orders.answer(leader.toLeader.removeFirst()) else {
        leader.stale += 1
        return
      }
      leader.waits = false
      leader.hasEnded = answer == .end
    }
  }

  func testAStopOfAnotherLeaseIsNotHeeded() throws {
    var orders = LeaderOrders()
    let lease = Lease(task: TaskKey(3), number: 8)
    XCTAssertNil(try orders.answer(.stop(lease: 7)))
    XCTAssertEqual(try orders.answer(.train(lease)), .train(lease))
    XCTAssertNil(try orders.interruption(.stop(lease: 7)))
    XCTAssertNil(try orders.interruption(.yield(lease: 7)))
    XCTAssertEqual(try orders.interruption(.stop(lease: 8)), .stop)
    XCTAssertEqual(try orders.interruption(.yield(lease: 8)), .yield)
    orders.endLease()
    XCTAssertNil(try orders.answer(.stop(lease: 8)))
    XCTAssertNil(try orders.answer(.yield(lease: 8)))
    XCTAssertEqual(try orders.answer(.end), .end)
  }

  func testAnOrderOutOfPlaceIsAnError() throws {
    var orders = LeaderOrders()
    XCTAssertEqual(
      errorText { try orders.interruption(.stop(lease: 1)) },
      "the coordinator's order stop(lease: 1) came without a lease: this is an error in htnet")
    _ = try orders.answer(.train(Lease(task: TaskKey(0), number: 2)))
    XCTAssertEqual(
      errorText { try orders.interruption(.end) },
      "the coordinator's order end came while lease 2 is trained: this is an error in htnet")
    XCTAssertEqual(
      errorText { try orders.answer(.end) },
      "the coordinator's order end came while lease 2 is trained: this is an error in htnet")
  }
}
