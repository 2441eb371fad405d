import Tasks
import TestSupport
import XCTest

/// Groups that follow the tasks.
final class RegroupingTests: XCTestCase {
  private func outlook(_ left: [Int: Double], cost: Double = 0) -> Outlook {
    Outlook(
      left: Dictionary(uniqueKeysWithValues: left.map { (TaskKey($0), $1) }),
      speedup: Speedup(mostRanks: 4), cost: cost)
  }

  private func scheduler(_ tasks: Int, ranks: Int) -> TaskScheduler {
    TaskScheduler(
      tasks: (0..<tasks).map { TaskKey($0) }, groups: RankGroup.alone(ranks), isElastic: true)
  }

  func testAnIdleRankJoinsTheLongestTask() throws {
    var scheduler = scheduler(3, ranks: 3)
    for group in 0..<3 { _ = scheduler.request(group: group) }
    XCTAssertEqual(scheduler.regroup(outlook([0: 5, 1: 9, 2: 1]), at: 0), [:], "nobody is idle")
    XCTAssertEqual(scheduler.complete(group: 2), TaskKey(2))
    XCTAssertEqual(scheduler.request(group: 2), .wait)
    XCTAssertEqual(
      scheduler.regroup(outlook([0: 5, 1: 9]), at: 1), [1: Lease(task: TaskKey(1), number: 2)])
    // The idle one waits for the other, which saves its state first.
    XCTAssertEqual(scheduler.request(group: 2), .wait)
    XCTAssertEqual(scheduler.regroup(outlook([0: 5, 1: 9]), at: 2), [:], "a change is under way")
    scheduler.giveBack(group: 1)
    XCTAssertFalse(scheduler.passesOver(TaskKey(1)))
    let both = RankGroup(number: 3, ranks: [1, 2])
    XCTAssertEqual(scheduler.request(group: 1), .regroup([both]))
    XCTAssertEqual(scheduler.request(group: 2), .regroup([both]))
    XCTAssertEqual(
      scheduler.request(group: 3), .lease(Lease(task: TaskKey(1), number: 4)))
    XCTAssertEqual(scheduler.groups[3], both)
    XCTAssertNil(scheduler.groups[1])
  }

  /// Three tasks on two ranks: the longest would be late if it waited for the shortest to end.
  func testATaskThatYieldsToALongerOneWaits() {
    var scheduler = scheduler(3, ranks: 2)
    for group in 0..<2 { _ = scheduler.request(group: group) }
    XCTAssertEqual(
      scheduler.regroup(outlook([0: 1, 1: 5, 2: 9]), at: 0), [0: Lease(task: TaskKey(0), number: 1)]
    )
    scheduler.giveBack(group: 0)
    XCTAssertTrue(scheduler.passesOver(TaskKey(0)))
    XCTAssertFalse(scheduler.passesOver(TaskKey(2)))
    XCTAssertEqual(scheduler.request(group: 0), .regroup([RankGroup(number: 2, ranks: [0])]))
    XCTAssertEqual(scheduler.request(group: 2), .lease(Lease(task: TaskKey(2), number: 3)))
    XCTAssertFalse(scheduler.passesOver(TaskKey(0)), "the change is over")
    XCTAssertEqual(scheduler.complete(group: 1), TaskKey(1))
    XCTAssertEqual(scheduler.request(group: 1), .lease(Lease(task: TaskKey(0), number: 4)))
  }

  func testWhatCostsMoreThanItGainsIsLeft() {
    var scheduler = scheduler(1, ranks: 2)
    _ = scheduler.request(group: 0)
    _ = scheduler.request(group: 1)
    XCTAssertEqual(scheduler.regroup(outlook([0: 9], cost: 4), at: 0), [:])
    XCTAssertEqual(
      scheduler.regroup(outlook([0: 9], cost: 1), at: 0), [0: Lease(task: TaskKey(0), number: 1)])
  }

  /// Two ranks that are slower than one go apart, unless the task ends soon; and they stay apart.
  func testAGroupThatIsSlowerThanOneRankIsParted() {
    func slow(_ left: Double) -> Outlook {
      Outlook(
        left: [TaskKey(0): left], speedup: Speedup(mostRanks: 4, observed: [2: 0.5]), cost: 1)
    }
    var scheduler = TaskScheduler(
      tasks: [TaskKey(0)], groups: [RankGroup(number: 0, ranks: [0, 1])], isElastic: true)
    let lease = Lease(task: TaskKey(0), number: 1)
    XCTAssertEqual(scheduler.request(group: 0), .lease(lease))
    XCTAssertEqual(scheduler.regroup(slow(2), at: 0), [:], "two seconds are gained by two")
    XCTAssertEqual(scheduler.regroup(slow(3), at: 0), [0: lease])
    scheduler.giveBack(group: 0)
    let alone = [RankGroup(number: 1, ranks: [0]), RankGroup(number: 2, ranks: [1])]
    XCTAssertEqual(scheduler.request(group: 0), .regroup(alone))
    XCTAssertEqual(scheduler.request(group: 1), .lease(Lease(task: TaskKey(0), number: 2)))
    XCTAssertEqual(scheduler.request(group: 2), .wait)
    XCTAssertEqual(scheduler.regroup(slow(900), at: 9), [:], "never again")
  }

  /// The task ends before its group has heard that it is to yield.
  func testATaskThatEndsMeanwhile() {
    var scheduler = scheduler(1, ranks: 2)
    _ = scheduler.request(group: 0)
    _ = scheduler.request(group: 1)
    XCTAssertEqual(scheduler.regroup(outlook([0: 9]), at: 0).count, 1)
    XCTAssertEqual(scheduler.complete(group: 0), TaskKey(0))
    // The other one has not come yet.
    XCTAssertEqual(scheduler.request(group: 0), .wait)
    let alone = [RankGroup(number: 2, ranks: [0]), RankGroup(number: 3, ranks: [1])]
    XCTAssertEqual(scheduler.request(group: 1), .regroup([alone[1]]))
    XCTAssertEqual(scheduler.request(group: 0), .regroup([alone[0]]))
    for group in 2...3 { XCTAssertEqual(scheduler.request(group: group), .finished) }
    XCTAssertTrue(scheduler.isComplete)
    XCTAssertTrue(scheduler.groups.isEmpty)
  }

  func testAGroupThatCannotSaveItsStateKeepsItsTask() {
    var scheduler = scheduler(1, ranks: 2)
    _ = scheduler.request(group: 0)
    _ = scheduler.request(group: 1)
    XCTAssertEqual(scheduler.regroup(outlook([0: 9]), at: 0).count, 1)
    scheduler.keep(group: 0)
    XCTAssertEqual(scheduler.leases[0]?.task, TaskKey(0))
    XCTAssertEqual(scheduler.request(group: 1), .regroup([RankGroup(number: 2, ranks: [1])]))
    XCTAssertEqual(scheduler.request(group: 2), .wait)
    XCTAssertEqual(scheduler.regroup(outlook([0: 9]), at: 9), [:], "never again")
    XCTAssertEqual(scheduler.complete(group: 0), TaskKey(0))
    for group in [0, 2] { XCTAssertEqual(scheduler.request(group: group), .finished) }
  }

  /// A stop ends a change that is not agreed on; one that is comes to its end, as others wait for it.
  func testAStopMeanwhile() {
    var before = scheduler(1, ranks: 2)
    _ = before.request(group: 0)
    _ = before.request(group: 1)
    XCTAssertEqual(before.regroup(outlook([0: 9]), at: 0).count, 1)
    var after = before
    XCTAssertEqual(before.stop().count, 1)
    before.giveBack(group: 0)
    for group in 0...1 { XCTAssertEqual(before.request(group: group), .finished) }

    after.giveBack(group: 0)
    XCTAssertEqual(after.request(group: 1), .wait)
    let both = RankGroup(number: 2, ranks: [0, 1])
    XCTAssertEqual(after.request(group: 0), .regroup([both]))
    XCTAssertEqual(after.stop(), [:])
    XCTAssertEqual(after.request(group: 1), .regroup([both]))
    XCTAssertEqual(after.request(group: 2), .finished)
  }

  /// Whatever happens in whatever order: each rank is in one group, and each task is done once.
  func testEveryRankIsInOneGroupAndEveryTaskIsDoneOnce() {
    var random = SeededGenerator(seed: 31)
    var changes = 0
    for _ in 0..<500 {
      let tasks = Int.random(in: 1...12, using: &random)
      let ranks = Int.random(in: 1...9, using: &random)
      var scheduler = scheduler(tasks, ranks: ranks)
      var left = Dictionary(
        uniqueKeysWithValues: (0..<tasks).map { ($0, Double.random(in: 1...9, using: &random)) })
      /// What each rank believes.
      var homes = Dictionary(
        uniqueKeysWithValues: RankGroup.alone(ranks).map { ($0.ranks[0], $0) })
      var done: [TaskKey] = []
      var events = 0
      while !homes.isEmpty, events < 10_000 {
        events += 1
        if Int.random(in: 0..<4, using: &random) == 0 {
          let asked = scheduler.regroup(outlook(left), at: Double(events))
          changes += asked.count
          XCTAssertTrue(asked.allSatisfy { scheduler.leases[$0.key] == $0.value })
          if events % 7 == 0, let group = asked.keys.min() { scheduler.keep(group: group) }
        }
        // All ranks of a group hear the same, and it exists when all are in it.
        guard let group = homes.values.randomElement(using: &random),
          group.ranks.allSatisfy({ homes[$0] == group })
        else { continue }
        if let lease = scheduler.leases[group.number] {
          switch Int.random(in: 0..<4, using: &random) {
          case 0: scheduler.giveBack(group: group.number)
          case 1:
            XCTAssertEqual(scheduler.complete(group: group.number), lease.task)
            left = left.filter { TaskKey($0.key) != lease.task }
            done.append(lease.task)
          default:
            for task in left.keys where TaskKey(task) == lease.task { left[task]? *= 0.7 }
          }
          continue
        }
        switch scheduler.request(group: group.number) {
        case .lease, .wait: break
        case .finished: for rank in group.ranks { homes[rank] = nil }
        case .regroup(let groups):
          for rank in group.ranks {
            let mine = groups.filter { $0.ranks.contains(rank) }
            XCTAssertEqual(mine.count, 1)
            homes[rank] = mine.first
          }
        }
        let all = scheduler.groups.values.flatMap(\.ranks)
        XCTAssertEqual(Set(all).count, all.count, "a rank is in two groups")
      }
      XCTAssertEqual(Set(done).count, tasks)
      XCTAssertEqual(done.count, tasks)
      XCTAssertTrue(homes.isEmpty && scheduler.isComplete)
    }
    XCTAssertGreaterThan(changes, 1000)
  }
}
