import Tasks
import TestSupport
import XCTest

/// The scheduler under random orders of events, against a plain model of it.
final class TaskSchedulerTests: XCTestCase {
  private struct Model {
    var waiting: [TaskKey]
    var leases: [Int: TaskKey] = [:]
    /// Leases given so far.
    var given = 0
    var failed: Set<TaskKey> = []
    var done: Set<TaskKey> = []
    var aside: Set<TaskKey> = []
    var refusals: [TaskKey: Set<Int>] = [:]
    let groups: Int
    var isStopping = false
  }

  func testNoOrderOfEventsLosesOrDoublesATask() {
    var random = SeededGenerator(seed: 4)
    for round in 0..<300 {
      let tasks = (0..<Int.random(in: 0...25, using: &random)).map { TaskKey($0 * 3) }
        .shuffled(using: &random)
      let groups = Int.random(in: 1...7, using: &random)
      let stopsAfter = round % 3 == 0 ? Int.random(in: 0...40, using: &random) : .max
      var scheduler = TaskScheduler(tasks: tasks, groups: RankGroup.alone(groups))
      var model = Model(waiting: tasks, groups: groups)
      var events = 0
      while model.done.count + model.aside.count + model.failed.count < tasks.count
        && events < 20_000
      {
        if events == stopsAfter {
          XCTAssertEqual(scheduler.stop().mapValues(\.task), model.leases)
          model.isStopping = true
        }
        if model.isStopping && model.leases.isEmpty { break }
        event(&scheduler, &model, group: Int.random(in: 0..<groups, using: &random), &random)
        check(scheduler, model, tasks)
        events += 1
      }
      if !model.isStopping {
        XCTAssertEqual(
          scheduler.done.union(scheduler.aside).union(scheduler.failed), Set(tasks))
        XCTAssertEqual(scheduler.isOver, scheduler.aside.isEmpty)
        XCTAssertEqual(
          scheduler.isComplete, scheduler.aside.isEmpty && scheduler.failed.isEmpty)
      }
      for group in 0..<groups where model.leases[group] == nil {
        XCTAssertEqual(scheduler.request(group: group), .finished)
      }
    }
  }

  private func event(
    _ scheduler: inout TaskScheduler, _ model: inout Model, group: Int,
    _ random: inout SeededGenerator
  ) {
    guard let lease = model.leases[group] else {
      let expected: TaskScheduler.Answer
      if model.isStopping {
        expected = .finished
      } else if let next = model.waiting.firstIndex(where: {
        !model.refusals[$0, default: []].contains(group)
      }) {
        let task = model.waiting.remove(at: next)
        model.given += 1
        expected = .lease(Lease(task: task, number: model.given))
        model.leases[group] = task
      } else {
        expected = model.waiting.isEmpty && model.leases.isEmpty ? .finished : .wait
      }
      XCTAssertEqual(scheduler.request(group: group), expected)
      // What does not hold a lease has nothing to complete or to give back.
      if case .lease = expected { return }
      XCTAssertNil(scheduler.complete(group: group))
      XCTAssertNil(scheduler.refuse(group: group))
      XCTAssertNil(scheduler.fail(group: group))
      scheduler.giveBack(group: group)
      return
    }
    switch Int.random(in: 0..<9, using: &random) {
    case 0, 1:
      scheduler.giveBack(group: group)
      model.waiting.insert(lease, at: 0)
    case 2:
      model.refusals[lease, default: []].insert(group)
      let count = model.refusals[lease]?.count
      let refused = scheduler.refuse(group: group)
      XCTAssertEqual(refused?.task, lease)
      XCTAssertEqual(refused?.refusals, count)
      if count == model.groups { model.aside.insert(lease) } else { model.waiting.append(lease) }
    case 3:
      XCTAssertEqual(scheduler.fail(group: group), lease)
      model.failed.insert(lease)
    default:
      XCTAssertEqual(scheduler.complete(group: group), lease)
      model.done.insert(lease)
    }
    model.leases[group] = nil
  }

  private func check(_ scheduler: TaskScheduler, _ model: Model, _ tasks: [TaskKey]) {
    XCTAssertEqual(scheduler.leases.mapValues(\.task), model.leases)
    XCTAssertEqual(scheduler.failed, model.failed)
    XCTAssertEqual(scheduler.done, model.done)
    XCTAssertEqual(scheduler.aside, model.aside)
    XCTAssertEqual(scheduler.waiting, model.waiting.count)
    XCTAssertEqual(scheduler.isStopping, model.isStopping)
    let leased = scheduler.leases.values.map(\.task)
    XCTAssertTrue(
      scheduler.failed.isDisjoint(
        with: scheduler.done.union(scheduler.aside).union(leased)), "a failed task goes on")
    XCTAssertEqual(Set(leased).count, leased.count, "a task is leased twice")
    XCTAssertTrue(scheduler.done.isDisjoint(with: leased), "a finished task is leased")
    XCTAssertTrue(scheduler.aside.isDisjoint(with: scheduler.done.union(leased)))
    XCTAssertEqual(
      scheduler.waiting + leased.count + scheduler.done.count + scheduler.aside.count
        + scheduler.failed.count, tasks.count)
    XCTAssertEqual(
      scheduler.isComplete,
      model.waiting.isEmpty && model.leases.isEmpty && model.aside.isEmpty && model.failed.isEmpty)
  }

  private func lease(_ task: Int, _ number: Int) -> TaskScheduler.Answer {
    .lease(Lease(task: TaskKey(task), number: number))
  }

  func testTasksAreLeasedInTheirOrder() {
    var scheduler = TaskScheduler(tasks: [5, 2, 9].map { TaskKey($0) }, groups: RankGroup.alone(4))
    XCTAssertEqual(scheduler.request(group: 0), lease(5, 1))
    XCTAssertEqual(scheduler.request(group: 1), lease(2, 2))
    scheduler.giveBack(group: 0)
    XCTAssertEqual(scheduler.request(group: 2), lease(5, 3))
    XCTAssertEqual(scheduler.request(group: 0), lease(9, 4))
    XCTAssertEqual(scheduler.request(group: 3), .wait)
  }

  func testTaskThatOneGroupCannotDoIsLeftToTheOther() {
    let (first, second) = (TaskKey(4), TaskKey(7))
    var scheduler = TaskScheduler(tasks: [first, second], groups: RankGroup.alone(2))
    for (number, task) in [(1, 4), (2, 7)] {
      XCTAssertEqual(scheduler.request(group: 0), lease(task, number))
      XCTAssertEqual(scheduler.refuse(group: 0)?.refusals, 1)
    }
    XCTAssertEqual(scheduler.request(group: 0), .wait)
    for (number, task) in [(3, 4), (4, 7)] {
      XCTAssertEqual(scheduler.request(group: 1), lease(task, number))
      XCTAssertEqual(scheduler.request(group: 0), .wait)
      XCTAssertEqual(scheduler.complete(group: 1), TaskKey(task))
    }
    for group in 0...1 { XCTAssertEqual(scheduler.request(group: group), .finished) }
    XCTAssertTrue(scheduler.isComplete)
  }

  func testTaskThatNoGroupCanDoIsNeitherLeasedAgainNorDone() {
    let (first, second) = (TaskKey(4), TaskKey(7))
    var scheduler = TaskScheduler(tasks: [first, second], groups: RankGroup.alone(2))
    XCTAssertEqual(scheduler.request(group: 0), lease(4, 1))
    XCTAssertEqual(scheduler.refuse(group: 0)?.refusals, 1)
    XCTAssertEqual(scheduler.request(group: 0), lease(7, 2))
    XCTAssertEqual(scheduler.request(group: 1), lease(4, 3))
    XCTAssertEqual(scheduler.refuse(group: 1)?.refusals, 2)
    XCTAssertEqual(scheduler.request(group: 1), .wait)
    XCTAssertEqual(scheduler.complete(group: 0), second)
    for group in 0...1 { XCTAssertEqual(scheduler.request(group: group), .finished) }
    XCTAssertEqual(scheduler.done, [second])
    XCTAssertEqual(scheduler.aside, [first])
    XCTAssertFalse(scheduler.isComplete)
  }

  /// Training it elsewhere would give the same numbers.
  func testTaskThatFailedIsLeasedToNobody() {
    let (first, second) = (TaskKey(4), TaskKey(7))
    var scheduler = TaskScheduler(tasks: [first, second], groups: RankGroup.alone(2))
    XCTAssertEqual(scheduler.request(group: 0), lease(4, 1))
    XCTAssertEqual(scheduler.fail(group: 0), first)
    XCTAssertEqual(scheduler.request(group: 0), lease(7, 2))
    XCTAssertEqual(scheduler.request(group: 1), .wait)
    XCTAssertFalse(scheduler.isOver)
    XCTAssertEqual(scheduler.complete(group: 0), second)
    for group in 0...1 { XCTAssertEqual(scheduler.request(group: group), .finished) }
    XCTAssertEqual(scheduler.failed, [first])
    XCTAssertTrue(scheduler.isOver)
    XCTAssertFalse(scheduler.isComplete)
  }
}
