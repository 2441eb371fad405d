import Tasks
import TestSupport
import XCTest

/// Groups that go on without ranks that are lost.
final class RankLossTests: XCTestCase {
  private func groups(_ sizes: Int...) -> [RankGroup] {
    var next = 0
    return sizes.enumerated().map { number, size in
      defer { next += size }
      return RankGroup(number: number, ranks: Array(next..<next + size))
    }
  }

  func testTheOthersOfAGroupFormANewOne() {
    var scheduler = TaskScheduler(tasks: (0..<3).map { TaskKey($0) }, groups: groups(3, 1))
    XCTAssertEqual(scheduler.request(group: 0), .lease(Lease(task: TaskKey(0), number: 1)))
    XCTAssertEqual(scheduler.request(group: 1), .lease(Lease(task: TaskKey(1), number: 2)))
    XCTAssertEqual(
      scheduler.lose(rank: 0),
      RankLoss(abandoned: [0], survivors: [1, 2], task: TaskKey(0), homes: [:]))
    XCTAssertNil(scheduler.lose(rank: 0), "it is lost already")
    XCTAssertFalse(scheduler.knows(group: 0))
    XCTAssertEqual(scheduler.leases, [1: Lease(task: TaskKey(1), number: 2)])
    XCTAssertEqual(scheduler.comes(rank: 2), [:], "rank 1 is awaited")
    let both = RankGroup(number: 2, ranks: [1, 2])
    XCTAssertEqual(scheduler.comes(rank: 1), [1: both, 2: both])
    XCTAssertEqual(
      scheduler.request(group: 2), .lease(Lease(task: TaskKey(0), number: 3)), "first of all")
  }

  func testARankThatIsAwaitedIsLostToo() {
    var scheduler = TaskScheduler(tasks: [TaskKey(0)], groups: groups(3))
    _ = scheduler.request(group: 0)
    _ = scheduler.lose(rank: 1)
    _ = scheduler.comes(rank: 0)
    let alone = RankGroup(number: 1, ranks: [0])
    XCTAssertEqual(
      scheduler.lose(rank: 2),
      RankLoss(abandoned: [], survivors: [], task: nil, homes: [0: alone]))
    XCTAssertEqual(scheduler.groups, [1: alone])
  }

  func testNobodyIsLeft() {
    var scheduler = TaskScheduler(tasks: [TaskKey(0)], groups: groups(1))
    _ = scheduler.request(group: 0)
    XCTAssertEqual(
      scheduler.lose(rank: 0),
      RankLoss(abandoned: [0], survivors: [], task: TaskKey(0), homes: [:]))
    XCTAssertFalse(scheduler.hasGroups)
    XCTAssertFalse(scheduler.isOver)
    XCTAssertTrue(scheduler.hasLost)
  }

  func testOthersWaitForATaskThatALostGroupLeaves() {
    var scheduler = TaskScheduler(tasks: [TaskKey(0)], groups: groups(1, 1))
    _ = scheduler.request(group: 0)
    XCTAssertEqual(scheduler.request(group: 1), .wait)
    _ = scheduler.lose(rank: 0)
    XCTAssertEqual(scheduler.request(group: 1), .lease(Lease(task: TaskKey(0), number: 2)))
  }

  /// Whom nobody else can help is set aside when the last who could is gone.
  func testATaskThatAllOthersHaveRefused() {
    var scheduler = TaskScheduler(tasks: [TaskKey(0)], groups: groups(1, 1))
    _ = scheduler.request(group: 0)
    _ = scheduler.refuse(group: 0)
    XCTAssertEqual(scheduler.aside, [])
    _ = scheduler.lose(rank: 1)
    XCTAssertEqual(scheduler.aside, [TaskKey(0)])
    XCTAssertEqual(scheduler.request(group: 0), .finished)
  }

  /// The same while that one trains it.
  func testATaskWhoseLastHopeDies() {
    var scheduler = TaskScheduler(tasks: [TaskKey(0)], groups: groups(1, 1))
    _ = scheduler.request(group: 0)
    _ = scheduler.refuse(group: 0)
    _ = scheduler.request(group: 1)
    _ = scheduler.lose(rank: 1)
    XCTAssertEqual(scheduler.aside, [TaskKey(0)])
    XCTAssertEqual(scheduler.request(group: 0), .finished)
  }

  /// Others may still write its checkpoints.
  func testNobodyGetsATaskBeforeAllHaveLeftIt() {
    var scheduler = TaskScheduler(tasks: [TaskKey(0)], groups: groups(3, 1))
    _ = scheduler.request(group: 0)
    XCTAssertEqual(scheduler.request(group: 1), .wait)
    _ = scheduler.lose(rank: 2)
    XCTAssertEqual(scheduler.awaited, [0, 1])
    _ = scheduler.comes(rank: 0)
    XCTAssertEqual(scheduler.request(group: 1), .wait)
    XCTAssertFalse(scheduler.isOver)
    _ = scheduler.comes(rank: 1)
    XCTAssertEqual(scheduler.request(group: 1), .lease(Lease(task: TaskKey(0), number: 2)))
  }

  /// Two ranks of one host are lost, in a group that was given up and one that was left for it.
  func testASecondLossBetweenTwoGroups() {
    let outlook = Outlook(
      left: [TaskKey(0): 5, TaskKey(1): 9], speedup: Speedup(mostRanks: 4), cost: 0)
    var scheduler = TaskScheduler(
      tasks: (0..<2).map { TaskKey($0) },
      groups: [RankGroup(number: 0, ranks: [0]), RankGroup(number: 1, ranks: [1, 2, 3])],
      isElastic: true)
    _ = scheduler.request(group: 0)
    _ = scheduler.request(group: 1)
    _ = scheduler.complete(group: 0)
    XCTAssertEqual(scheduler.request(group: 0), .wait)
    XCTAssertEqual(scheduler.regroup(outlook, at: 0).keys.sorted(), [1])
    XCTAssertEqual(scheduler.request(group: 0), .wait)
    scheduler.giveBack(group: 1)
    guard case .regroup(let groups) = scheduler.request(group: 1) else { return XCTFail() }
    XCTAssertEqual(groups, [RankGroup(number: 2, ranks: [1, 0, 2, 3])])
    XCTAssertEqual(scheduler.lose(rank: 3)?.abandoned, [2, 1])
    let second = scheduler.lose(rank: 1)
    XCTAssertEqual(second?.abandoned, [1], "rank 2 may wait for its broadcast")
    XCTAssertEqual(second?.survivors, [2])
    XCTAssertEqual(scheduler.awaited, [0, 2])
  }

  /// A rank is lost while it goes from one group to the next, where others wait for it.
  func testALossBetweenTwoGroups() throws {
    let outlook = Outlook(
      left: [TaskKey(0): 5, TaskKey(1): 9], speedup: Speedup(mostRanks: 4), cost: 0)
    var scheduler = TaskScheduler(
      tasks: (0..<3).map { TaskKey($0) }, groups: RankGroup.alone(3), isElastic: true)
    for group in 0..<3 { _ = scheduler.request(group: group) }
    _ = scheduler.complete(group: 2)
    _ = scheduler.request(group: 2)
    XCTAssertEqual(scheduler.regroup(outlook, at: 0).keys.sorted(), [1])
    XCTAssertEqual(scheduler.request(group: 2), .wait, "rank 1 saves its state")
    scheduler.giveBack(group: 1)
    let both = RankGroup(number: 3, ranks: [1, 2])
    XCTAssertEqual(scheduler.request(group: 1), .regroup([both]))
    // Rank 2 has not heard yet where it belongs.
    XCTAssertEqual(
      scheduler.lose(rank: 1),
      RankLoss(abandoned: [3, 1], survivors: [2], task: nil, homes: [:]))
    XCTAssertFalse(scheduler.mayRegroup)
    XCTAssertEqual(scheduler.request(group: 2), .regroup([both]), "which it leaves at once")
    let alone = RankGroup(number: 4, ranks: [2])
    XCTAssertEqual(scheduler.comes(rank: 2), [2: alone])
    XCTAssertEqual(scheduler.request(group: 4), .lease(Lease(task: TaskKey(1), number: 4)))
  }

  /// A change of groups goes on without a group that has lost a rank.
  func testALossWhileAChangeIsAwaited() {
    let outlook = Outlook(
      left: [TaskKey(0): 5, TaskKey(1): 9], speedup: Speedup(mostRanks: 4), cost: 0)
    var scheduler = TaskScheduler(
      tasks: (0..<3).map { TaskKey($0) }, groups: RankGroup.alone(3), isElastic: true)
    for group in 0..<3 { _ = scheduler.request(group: group) }
    _ = scheduler.complete(group: 2)
    XCTAssertEqual(scheduler.request(group: 2), .wait)
    XCTAssertEqual(scheduler.regroup(outlook, at: 0).keys.sorted(), [1])
    XCTAssertEqual(scheduler.request(group: 2), .wait, "rank 1 saves its state")
    XCTAssertEqual(scheduler.lose(rank: 1)?.task, TaskKey(1))
    let alone = RankGroup(number: 3, ranks: [2])
    XCTAssertEqual(scheduler.request(group: 2), .regroup([alone]))
    XCTAssertEqual(scheduler.request(group: 3), .lease(Lease(task: TaskKey(1), number: 4)))
  }
}
