import Cluster
import Tasks
import TestSupport
import Training
import XCTest

/// Who is found slow, and who is not, whatever comes first.
final class StragglersTests: XCTestCase {
  private typealias Finding = Stragglers.Finding

  private let task = TaskKey(split: "sub01")

  /// Ten steps of a rank that takes so many milliseconds a sample; of them it waits a tenth.
  ///
  /// - Parameter delaying: The part of the time for which its group waits for it alone.
  private func times(
    _ rank: Int, _ milliseconds: Double, shards: Int = 4, steps: Int = 10, samples: Int = 64,
    delaying: Double = 0
  ) -> RankTimes {
    var times = RankTimes(rank: rank, shards: shards)
    times.steps = steps
    times.samples = steps * samples
    times.computing = Int(milliseconds * 1000) * times.samples
    times.elapsed = times.computing + times.computing / 10
    times.delaying = Int(delaying * Double(times.elapsed))
    return times
  }

  private func rounded(_ finding: Finding) -> Finding {
    guard case .slow(let rank, let factor, let cause) = finding else { return finding }
    return .slow(rank: rank, factor: (factor * 100).rounded() / 100, cause: cause)
  }

  /// All ranks take steps at the same time; which of them says so first is drawn each time.
  private func findings(
    _ said: [[RankTimes]], count: Int? = nil, tasks: (RankTimes) -> TaskKey, seed: UInt64
  ) -> [Finding] {
    var random = SeededGenerator(seed: seed)
    var stragglers = Stragglers(count: count ?? said.count)
    return (0..<(said.map(\.count).max() ?? 0)).flatMap { round in
      said.filter { $0.indices.contains(round) }.shuffled(using: &random).compactMap { rank in
        stragglers.add(rank[round], of: tasks(rank[round])).map(rounded)
      }
    }
  }

  private func assertFound(
    _ said: [[RankTimes]], _ expected: [Finding], count: Int? = nil,
    tasks: (RankTimes) -> TaskKey = { _ in TaskKey(split: "sub01") }, line: UInt = #line
  ) {
    for seed in 0..<200 as Range<UInt64> {
      XCTAssertEqual(
        findings(said, count: count, tasks: tasks, seed: seed), expected, "seed \(seed)", line: line
      )
    }
  }

  func testARankThatComputesTwiceAsLongIsFoundOnceInEveryOrder() {
    for slow in 0..<4 {
      assertFound(
        (0..<4).map { rank in (0..<5).map { _ in times(rank, rank == slow ? 21 : 10) } },
        [.slow(rank: slow, factor: 2.1, cause: .computing)])
    }
    // In a job of two the other one is all there is to compare with.
    assertFound(
      [[times(0, 10), times(0, 10)], [times(1, 16), times(1, 16)]],
      [.slow(rank: 1, factor: 1.6, cause: .computing)])
  }

  func testRanksThatVaryAreNotFound() {
    assertFound(
      (0..<6).map { rank in (0..<9).map { times(rank, [10, 14, 12][(rank + $0) % 3]) } }, [])
    // Slow now and then.
    assertFound(
      (0..<4).map { rank in (0..<9).map { times(rank, rank == 2 && $0 % 2 == 0 ? 30 : 10) } }, [])
    // One rank alone, or half of them: nobody knows who is ordinary.
    assertFound([[times(0, 10), times(0, 90)]], [])
    assertFound((0..<3).map { rank in (0..<5).map { _ in times(rank, rank == 0 ? 10 : 30) } }, [])
  }

  func testFewStepsSayNothing() {
    // Far too short to tell, and too few.
    assertFound((0..<4).map { rank in (0..<2).map { _ in times(rank, rank == 0 ? 0.9 : 0.1) } }, [])
    assertFound(
      (0..<4).map { rank in (0..<19).map { _ in times(rank, rank == 0 ? 90 : 10, steps: 1) } }, [])
    // Small parts add up to enough.
    assertFound(
      (0..<4).map { rank in (0..<20).map { _ in times(rank, rank == 0 ? 90 : 10, steps: 1) } },
      [.slow(rank: 0, factor: 9, cause: .computing)])
  }

  func testOtherSettingsGroupsAndInnerTrainingsAreNotCompared() {
    // Every rank trains what costs three times as much as the rank before.
    let costs = [10.0, 30, 90, 270]
    let said = costs.indices.map { rank in (0..<5).map { _ in times(rank, costs[rank]) } }
    assertFound(said, [], tasks: { TaskKey(setting: "dim=\($0.rank)", split: "sub01") })
    assertFound(said, [], tasks: { TaskKey(split: "sub01", inner: $0.rank < 2 ? nil : 1) })
    assertFound(
      costs.indices.map { rank in (0..<5).map { _ in times(rank, costs[rank], shards: 1 << rank) }
      }, [])
    // Seeds and folds are.
    assertFound(
      (0..<4).map { rank in (0..<5).map { _ in times(rank, rank == 3 ? 20 : 10) } },
      [.slow(rank: 3, factor: 2, cause: .computing)],
      tasks: { TaskKey(seed: UInt64($0.rank), split: "sub0\($0.rank)") })
  }

  /// Each setting's steps are compared with others of the same; a rank trains one after another.
  func testARankIsFoundSlowByTheSettingThatItTrains() {
    let said = (0..<4).map { rank in
      [10.0, 10, 90, 90].map { times(rank, rank == 1 ? $0 * 1.7 : $0) }
    }
    assertFound(
      said, [.slow(rank: 1, factor: 1.7, cause: .computing)],
      tasks: {
        TaskKey(setting: $0.computing > 20 * 1000 * $0.samples ? "large" : "small", split: "a")
      })
  }

  /// The others have its cores then, and are faster than it ever was.
  func testAStoppedRankIsNotCalledSlow() {
    var stragglers = Stragglers(count: 3)
    func add(_ ranks: Range<Int>, _ milliseconds: Double, rounds: Int = 4) -> [Finding] {
      (0..<rounds).flatMap { _ in
        ranks.compactMap { stragglers.add(times($0, milliseconds), of: task).map(rounded) }
      }
    }
    XCTAssertEqual(add(0..<3, 16), [])
    XCTAssertEqual(add(0..<2, 10), [])
    // It goes on; the stop is in its first steps, and the others' newest are of before.
    XCTAssertEqual(add(2..<3, 90, rounds: 1), [])
    XCTAssertEqual(add(0..<3, 16), [])
    // Steps that are slow themselves are found.
    XCTAssertEqual(add(2..<3, 32), [.slow(rank: 2, factor: 2, cause: .computing)])
  }

  /// Who is lost is not called slow, nor compared with.
  func testALostRankIsOutOfIt() {
    func found(losing lost: Int?, of count: Int, _ costs: [Double]) -> [Finding] {
      var stragglers = Stragglers(count: count)
      // The slow rank alone has taken steps so far, so nothing can be said of it yet.
      var found = [stragglers.add(times(2, 30), of: task), stragglers.add(times(2, 30), of: task)]
      if let lost { stragglers.lose(rank: lost) }
      for _ in 0..<2 {
        for (rank, cost) in costs.enumerated() {
          found.append(stragglers.add(times(rank, cost), of: task))
        }
      }
      if lost != 2 { found.append(stragglers.add(times(2, 30), of: task)) }
      return found.compactMap { $0 }.map(rounded)
    }
    XCTAssertEqual(
      found(losing: nil, of: 3, [10, 10]), [.slow(rank: 2, factor: 3, cause: .computing)])
    XCTAssertEqual(found(losing: 2, of: 3, [10, 10]), [])
    // Two are left, as in a job of two; beside the lost one the second would not be slow.
    XCTAssertEqual(
      found(losing: 2, of: 3, [10, 16]), [.slow(rank: 1, factor: 1.6, cause: .computing)])
    // One alone is compared with nobody.
    XCTAssertEqual(found(losing: 2, of: 2, [90]), [])
  }

  func testItIsSaidAgainWhenItEndsOrBecomesMuchWorse() {
    var stragglers = Stragglers(count: 3)
    func add(_ milliseconds: Double) -> [Finding] {
      (0..<2).flatMap { _ in
        [10, 10, milliseconds].enumerated().compactMap { rank, milliseconds in
          stragglers.add(times(rank, milliseconds), of: task).map(rounded)
        }
      }
    }
    XCTAssertEqual(add(16), [.slow(rank: 2, factor: 1.6, cause: .computing)])
    XCTAssertEqual(add(16), [])
    XCTAssertEqual(add(31), [])
    XCTAssertEqual(add(40), [.slow(rank: 2, factor: 4, cause: .computing)])
    XCTAssertEqual(add(40), [])
    // Neither slow nor ordinary.
    XCTAssertEqual(add(14), [])
    XCTAssertEqual(add(11), [.ordinary(rank: 2)])
    XCTAssertEqual(add(11), [])
    XCTAssertEqual(add(16), [.slow(rank: 2, factor: 1.6, cause: .computing)])
  }

  func testARankForWhoseMessagesOthersWaitIsFound() {
    let said = (0..<3).map { rank in
      (0..<4).map { _ in times(rank, 10, shards: 1, delaying: rank == 1 ? 0.5 : 0.15) }
    }
    assertFound(said, [.slow(rank: 1, factor: 2, cause: .exchange)])
    // Of one that computes slowly that is said.
    let both = (0..<3).map { rank in
      (0..<4).map { _ in times(rank, rank == 1 ? 20 : 10, shards: 1, delaying: rank == 1 ? 0.4 : 0)
      }
    }
    for seed in 0..<50 as Range<UInt64> {
      let found = findings(both, tasks: { _ in task }, seed: seed)
      XCTAssertTrue(
        found.contains(.slow(rank: 1, factor: 2, cause: .computing)) || found.count == 1, "\(found)"
      )
      XCTAssertTrue(found.allSatisfy { if case .slow(rank: 1, _, _) = $0 { true } else { false } })
    }
  }

  func testTheLeaderSumsTheNotesOfItsGroup() {
    func note(_ samples: Int, _ late: (Int, Int)?) -> StepNote {
      var note = StepNote()
      note.shardLosses = Array(repeating: 1, count: samples)
      note.times = StepTimes(
        samples: samples, computing: 100 * samples, waiting: 25, elapsed: 7,
        latecomer: late.map { .init(rank: $0.0, microseconds: $0.1) })
      return note
    }
    var sums: [RankTimes] = []
    RankTimes.add([note(1, (2, 10)), note(1, (2, 30)), note(2, (0, 8))], of: [4, 5, 6], to: &sums)
    // A smaller batch does not count.
    RankTimes.add([StepNote(), StepNote(), StepNote()], of: [4, 5, 6], to: &sums)
    RankTimes.add([note(1, nil), note(1, (2, 2)), note(2, nil)], of: [4, 5, 6], to: &sums)
    XCTAssertEqual(sums.map(\.rank), [4, 5, 6])
    XCTAssertEqual(sums.map(\.shards), [1, 1, 2])
    XCTAssertEqual(sums.map(\.steps), [2, 2, 2])
    XCTAssertEqual(sums.map(\.samples), [2, 2, 4])
    XCTAssertEqual(sums.map(\.computing), [200, 200, 400])
    XCTAssertEqual(sums.map(\.elapsed), [14, 14, 14])
    // One alone who waited may itself be slow to receive; and nobody waited longer than it waited in all.
    XCTAssertEqual(sums.map(\.delaying), [0, 0, 25])
  }

  func testWordsNameRankHostFactorAndCause() {
    let words = [Stragglers.Cause.computing, .exchange].map {
      SlowRank(rank: 3, host: "node2", factor: 2.14, cause: $0).description
    }
    XCTAssertEqual(
      words[0],
      "rank 3 on node2 is slow: a sample takes it 2.1 times as long as the other ranks; look at what else "
        + "runs on its host, at its cores and at their clock rate")
    XCTAssertEqual(
      words[1],
      "rank 3 on node2 is slow: its group waits for its messages alone, and steps take at least 2.1 "
        + "times as long as without that; its computing is not known to be slow: look at its network, and at "
        + "what else runs on its host")
  }
}
