import Tasks
import TestSupport
import XCTest

/// The time that is left, from messages as groups send them.
final class TimeEstimateTests: XCTestCase {
  private func tasks(_ samples: [Int], done: [Int: Int] = [:]) -> [TimeEstimate.Task] {
    samples.enumerated().map { .init(key: TaskKey($0), samples: $1, done: done[$0] ?? 0) }
  }

  /// 16 s of reading data and drawing weights, a first step of 2.5 s, then 2 s each.
  func testTheStartIsNotTraining() throws {
    var estimate = TimeEstimate(tasks: tasks([256_000]), groups: RankGroup.alone(1))
    XCTAssertNil(estimate.secondsLeft(at: 0))
    estimate.begin(group: 0, TaskKey(0), at: 0.5)
    XCTAssertNil(estimate.secondsLeft(at: 16))
    XCTAssertEqual(estimate.rate(), 0)
    estimate.advance(group: 0, samples: 256, seconds: 2.5, at: 18.5)
    // 999 steps of 2.5 s, as far as is known.
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 18.5)), 2497.5, accuracy: 1e-6)
    XCTAssertEqual(estimate.rate(), 102.4, accuracy: 1e-9)
    for step in 2...100 {
      let now = 18.5 + 2 * Double(step - 1)
      estimate.advance(group: 0, samples: 256, seconds: 2, at: now)
      // The first step is forgotten as soon as there is another.
      XCTAssertEqual(
        try XCTUnwrap(estimate.secondsLeft(at: now)), 2 * Double(1000 - step), accuracy: 1e-6)
    }
    XCTAssertEqual(estimate.rate(), 128, accuracy: 1e-9)
  }

  /// Between two messages the time goes on, but not beyond what the last one took.
  func testBetweenMessages() throws {
    var estimate = TimeEstimate(tasks: tasks([1000]), groups: RankGroup.alone(1))
    estimate.begin(group: 0, TaskKey(0), at: 0)
    estimate.advance(group: 0, samples: 100, seconds: 4, at: 4)
    for (now, left) in [(4.0, 36.0), (6, 34), (8, 32), (9, 32), (900, 32)] {
      XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: now)), left, accuracy: 1e-9)
    }
  }

  /// A fold that goes on at 90%: neither what is behind it nor the reading of its checkpoint counts.
  func testRightAfterAResume() throws {
    var estimate = TimeEstimate(
      tasks: tasks([100_000], done: [0: 90_000]), groups: RankGroup.alone(1))
    estimate.begin(group: 0, TaskKey(0), at: 0)
    estimate.resume(group: 0, done: 90_000)
    estimate.advance(group: 0, samples: 100, seconds: 1, at: 9)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 9)), 99, accuracy: 1e-9)
  }

  /// An earlier job's speed counts until more than a cold first step of this one is seen.
  func testAnEarlierJobsSpeed() throws {
    var estimate = TimeEstimate(
      tasks: tasks([1000]), groups: RankGroup.alone(1), earlier: [TaskKind(TaskKey(0)): 100])
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 0)), 10, accuracy: 1e-9)
    estimate.begin(group: 0, TaskKey(0), at: 0)
    estimate.advance(group: 0, samples: 100, seconds: 5, at: 5)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 5)), 9, accuracy: 1e-9)
    XCTAssertTrue(estimate.isByEarlierJob)
    estimate.advance(group: 0, samples: 100, seconds: 2, at: 7)
    XCTAssertFalse(estimate.isByEarlierJob)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 7)), 16, accuracy: 1e-9)
  }

  /// Checkpoints of folds that nobody has begun yet count too, and one that cannot be used does not.
  func testCheckpointsOfFoldsThatWait() throws {
    var estimate = TimeEstimate(
      tasks: tasks([1000, 1000, 1000], done: [0: 500, 1: 900]), groups: RankGroup.alone(1))
    estimate.begin(group: 0, TaskKey(0), at: 0)
    estimate.resume(group: 0, done: 500)
    estimate.advance(group: 0, samples: 100, seconds: 1, at: 1)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 1)), 4 + 1 + 10, accuracy: 1e-9)
    estimate.advance(group: 0, samples: 400, seconds: 4, at: 5)
    estimate.end(group: 0, .finished, at: 5)
    estimate.begin(group: 0, TaskKey(1), at: 5)
    estimate.advance(group: 0, samples: 100, seconds: 1, at: 6)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 6)), 9 + 10, accuracy: 1e-9)
  }

  /// Three equal folds on two groups take as long as two one after the other.
  func testATailWithFewerFoldsThanGroups() throws {
    var estimate = TimeEstimate(tasks: tasks([1000, 1000, 1000]), groups: RankGroup.alone(2))
    for group in 0...1 {
      estimate.begin(group: group, TaskKey(group), at: 0)
      estimate.advance(group: group, samples: 100, seconds: 1, at: 1)
    }
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 1)), 9 + 10, accuracy: 1e-9)
    XCTAssertEqual(estimate.rate(), 200, accuracy: 1e-9)
    XCTAssertEqual(estimate.rate(without: [1]), 100, accuracy: 1e-9)
    XCTAssertEqual(estimate.rate(without: [0, 1]), 0)
    // The other group finishes, and has nothing more to do.
    for group in 0...1 {
      estimate.advance(group: group, samples: 900, seconds: 9, at: 10)
      estimate.end(group: group, .finished, at: 10)
    }
    estimate.begin(group: 0, TaskKey(2), at: 10)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 10)), 10, accuracy: 1e-9)
    XCTAssertEqual(estimate.rate(), 100, accuracy: 1e-9)
  }

  /// What a fold takes before its steps and after them is counted for those that are to come.
  func testTimeBesidesTheSteps() throws {
    var estimate = TimeEstimate(tasks: tasks([100, 100, 100]), groups: RankGroup.alone(1))
    estimate.begin(group: 0, TaskKey(0), at: 0)
    estimate.advance(group: 0, samples: 100, seconds: 10, at: 13)
    estimate.end(group: 0, .finished, at: 15)
    estimate.begin(group: 0, TaskKey(1), at: 15)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 15)), 15 + 15, accuracy: 1e-9)
  }

  /// A sample of one task may cost ten times what one of another does.
  func testCosts() throws {
    var estimate = TimeEstimate(
      tasks: [
        .init(key: TaskKey(0), samples: 100, done: 0, cost: 10),
        .init(key: TaskKey(1), samples: 100, done: 0, cost: 1),
      ], groups: RankGroup.alone(1))
    estimate.begin(group: 0, TaskKey(0), at: 0)
    estimate.advance(group: 0, samples: 50, seconds: 5, at: 5)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 5)), 5 + 1, accuracy: 1e-9)
    XCTAssertEqual(estimate.rate(), 10, accuracy: 1e-9)
  }

  /// Two ranks share what is left, and were seen to be only half as much faster as is expected.
  func testElasticGroups() throws {
    var estimate = TimeEstimate(
      tasks: tasks([1000, 1000]), groups: RankGroup.alone(2), mostRanks: 4)
    XCTAssertNil(estimate.outlook(at: 0, cost: 1))
    for group in 0...1 { estimate.begin(group: group, TaskKey(group), at: 0) }
    estimate.advance(group: 0, samples: 100, seconds: 1, at: 1)
    XCTAssertNil(estimate.outlook(at: 1, cost: 1), "a group's speed is not known")
    estimate.advance(group: 1, samples: 100, seconds: 1, at: 1)
    let outlook = try XCTUnwrap(estimate.outlook(at: 1, cost: 1))
    XCTAssertEqual(outlook.left, [TaskKey(0): 9, TaskKey(1): 9])
    XCTAssertEqual(outlook.speedup, Speedup(mostRanks: 4))
    estimate.advance(group: 0, samples: 900, seconds: 9, at: 10)
    estimate.end(group: 0, .finished, at: 10)
    estimate.advance(group: 1, samples: 300, seconds: 3, at: 10)
    estimate.end(group: 1, .left, at: 10)
    estimate.regroup([RankGroup(number: 2, ranks: [0, 1])])
    estimate.begin(group: 2, TaskKey(1), at: 10)
    estimate.resume(group: 2, done: 400)
    // Not yet seen together: 1.9 times as fast.
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 10)), 6 / 1.9, accuracy: 1e-3)
    for now in 11...12 {
      estimate.advance(group: 2, samples: 145, seconds: 1, at: Double(now))
    }
    XCTAssertEqual(
      try XCTUnwrap(estimate.outlook(at: 12, cost: 1)).speedup,
      Speedup(mostRanks: 4, observed: [2: 1.45]))
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 12)), 310 / 145, accuracy: 1e-3)
  }

  /// On a slow network two ranks may be slower than one, and then four are not faster either.
  func testAGroupThatIsSlowerThanOneRankIsNotFormedAgain() throws {
    let slow = Speedup(mostRanks: 4, observed: [2: 0.3])
    XCTAssertEqual(RankAllotment.seconds([9], ranks: 4, slow), 9, "one rank has it")
    // Who has such a group nevertheless knows what it loses.
    XCTAssertEqual(slow(2), 0.3)
    XCTAssertEqual(slow(4), 1, "nobody has seen it")
    let slowFour = Speedup(mostRanks: 4, observed: [4: 0.4])
    XCTAssertEqual(RankAllotment.seconds([9], ranks: 4, slowFour), 9, "nor two after four")
    XCTAssertEqual(slowFour(4), 0.4)
    XCTAssertEqual(Speedup(mostRanks: 8, observed: [2: 1.5])(8), 1 + 0.5 * 7, accuracy: 1e-12)
    XCTAssertEqual(Speedup(mostRanks: 4, observed: [4: 3.9])(2), 1.9, accuracy: 1e-12)
    var estimate = TimeEstimate(
      tasks: tasks([1000, 1000]), groups: RankGroup.alone(2), mostRanks: 4)
    for group in 0...1 {
      estimate.begin(group: group, TaskKey(group), at: 0)
      for _ in 0..<2 { estimate.advance(group: group, samples: 200, seconds: 2, at: 4) }
      estimate.end(group: group, group == 0 ? .finished : .left, at: 4)
    }
    estimate.regroup([RankGroup(number: 2, ranks: [0, 1])])
    estimate.begin(group: 2, TaskKey(1), at: 4)
    estimate.resume(group: 2, done: 400)
    for now in 5...6 {
      estimate.advance(group: 2, samples: 30, seconds: 1, at: Double(now))
    }
    // It is not parted for that yet.
    XCTAssertEqual(
      try XCTUnwrap(estimate.outlook(at: 6, cost: 1)).speedup, Speedup(mostRanks: 1))
    for now in 7...12 {
      estimate.advance(group: 2, samples: 30, seconds: 1, at: Double(now))
    }
    XCTAssertEqual(
      try XCTUnwrap(estimate.outlook(at: 12, cost: 1)).speedup(2), 1, "seven warm reports")
    estimate.advance(group: 2, samples: 30, seconds: 1, at: 13)
    let outlook = try XCTUnwrap(estimate.outlook(at: 13, cost: 1))
    XCTAssertEqual(outlook.speedup(2), 0.3, accuracy: 1e-9)
    // Of one rank, as fast as it was alone: 330 samples at 100 a second.
    XCTAssertEqual(try XCTUnwrap(outlook.left[TaskKey(1)]), 3.3, accuracy: 1e-6)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 13)), 3.3, accuracy: 1e-3)
  }

  func testFoldsThatAreNotTrainedTakeNoTime() throws {
    var estimate = TimeEstimate(tasks: tasks([1000, 1000, 1000]), groups: RankGroup.alone(1))
    estimate.begin(group: 0, TaskKey(0), at: 0)
    estimate.advance(group: 0, samples: 100, seconds: 1, at: 1)
    estimate.end(group: 0, .left, at: 1)
    // Given back, its steps may be lost; nobody knows before it is begun again.
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 1)), 29, accuracy: 1e-9)
    estimate.begin(group: 0, TaskKey(1), at: 1)
    estimate.end(group: 0, .finished, at: 1)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 1)), 19, accuracy: 1e-9)
  }

  /// A fold that fails at its beginning does not mean that all end there.
  func testAFoldThatFailsDoesNotEndTheOthersEarly() throws {
    var estimate = TimeEstimate(tasks: tasks([1000, 1000, 1000]), groups: RankGroup.alone(1))
    estimate.begin(group: 0, TaskKey(0), at: 0)
    for now in [1.0, 2] { estimate.advance(group: 0, samples: 100, seconds: 1, at: now) }
    estimate.end(group: 0, .givenUp, at: 2)
    estimate.begin(group: 0, TaskKey(1), at: 2)
    XCTAssertEqual(try XCTUnwrap(estimate.secondsLeft(at: 2)), 20, accuracy: 0.5)
  }

  /// Runs of many shapes: from 5% of the work on, at every message, within 20% of what it took.
  func testWithinAFifthAfterATwentiethOfTheWork() throws {
    var random = SeededGenerator(seed: 8)
    for round in 0..<60 {
      let groups = Int.random(in: 1...9, using: &random)
      let samples = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        Int.random(in: 40_000...44_000, using: &random)
      }
      let run = SimulatedRun(samples: samples, groups: groups, &random)
      XCTAssertGreaterThan(run.estimates.count, 20)
      for (now, done, left) in run.estimates where done >= 0.05 {
        let truth = run.end - now
        // Besides, one message's time, which is all there is at the very end.
        XCTAssertEqual(
          left, truth, accuracy: 0.2 * truth + run.longestReport, "round \(round) at \(now) s")
      }
    }
  }
}

/// A run of groups whose speeds differ and vary, and what is estimated meanwhile.
private struct SimulatedRun {
  /// When, the share of all samples that is done, and the estimate.
  private(set) var estimates: [(now: Double, done: Double, left: Double)] = []
  private(set) var end = 0.0
  private(set) var longestReport = 0.0

  private struct Group {
    var task: Int?
    var left = 0
    /// When its next message comes; nil: it has nothing more to do.
    var next: Double?
    var seconds = 0.0
    let speed: Double
  }

  init(samples: [Int], groups count: Int, _ random: inout SeededGenerator) {
    var estimate = TimeEstimate(
      tasks: samples.enumerated().map { .init(key: TaskKey($0), samples: $1, done: 0) },
      groups: RankGroup.alone(count))
    let start = Double.random(in: 0...20, using: &random)
    let setUp = Double.random(in: 0...3, using: &random)
    let usual = Double.random(in: 100...400, using: &random)
    var groups = (0..<count).map { _ in
      Group(next: start, speed: usual * Double.random(in: 0.9...1.1, using: &random))
    }
    var waiting = samples.indices.reversed().map { $0 }
    var done = 0
    let batch = 256
    func report(_ group: inout Group, at now: Double, first: Bool) {
      let noise = Double.random(in: 0.93...1.07, using: &random)
      group.seconds = Double(min(batch, group.left)) / group.speed * noise * (first ? 1.4 : 1)
      group.next = now + group.seconds + (first ? setUp : 0)
    }
    while let index = groups.indices.filter({ groups[$0].next != nil }).min(by: {
      (groups[$0].next ?? 0) < (groups[$1].next ?? 0)
    }) {
      let now = groups[index].next ?? 0
      if groups[index].task != nil {
        let trained = min(batch, groups[index].left)
        groups[index].left -= trained
        done += trained
        longestReport = max(longestReport, groups[index].seconds)
        estimate.advance(
          group: index, samples: trained, seconds: groups[index].seconds, at: now)
        if groups[index].left > 0 {
          report(&groups[index], at: now, first: false)
        } else {
          estimate.end(group: index, .finished, at: now)
          groups[index].task = nil
          end = now
        }
      }
      if groups[index].task == nil {
        guard let task = waiting.popLast() else {
          groups[index].next = nil
          continue
        }
        groups[index].task = task
        groups[index].left = samples[task]
        estimate.begin(group: index, TaskKey(task), at: now)
        report(&groups[index], at: now, first: true)
      }
      if let left = estimate.secondsLeft(at: now) {
        estimates.append((now, Double(done) / Double(samples.reduce(0, +)), left))
      }
    }
  }
}
