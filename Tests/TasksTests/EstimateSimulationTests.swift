import Tasks
import TestSupport
import XCTest

/// Whole simulated jobs: that the seconds said to be left are right within a fifth, from a twentieth of the
/// job's time on; at the very end, within a fiftieth of the job's time, which is a few changes of groups.
final class EstimateSimulationTests: SimulationTestCase {
  private typealias Task = SimulatedCluster.Task

  private static let ranks = [1, 2, 8, 33, 68, 100, 272]

  /// How far the estimates are off at worst, as a share of what was left, besides the fiftieth.
  private func worst(_ cluster: SimulatedCluster, from: Double = 0.05) throws -> Double {
    let (end, estimates) = (cluster.seconds, try XCTUnwrap(cluster.estimates))
    let errors = estimates.filter { $0.now >= from * end && $0.now < end }
      .map { (abs($0.left - (end - $0.now)) - 0.02 * end) / (end - $0.now) }
    XCTAssertGreaterThan(errors.count, 20)
    return try XCTUnwrap(errors.max())
  }

  private func tasks(_ work: [Double], foreseen: [Double]? = nil) -> [Task] {
    work.indices.map { Task(TaskKey($0), work: work[$0], foreseen: foreseen?[$0]) }
  }

  private func estimate(
    _ tasks: [Task], ranks: Int, perFold: Int? = nil, machine: SimulatedCluster.Machine = .usual,
    looks: Double = 150, earlier: [TaskKind: Double] = [:]
  ) throws -> SimulatedCluster {
    try simulate(
      tasks, ranks: ranks, perFold: perFold, machine: machine, looks: looks, estimates: true,
      earlier: earlier)
  }

  private func assertWithinAFifth(
    _ what: String, _ cluster: SimulatedCluster, ranks: Int, from: Double = 0.05
  ) throws {
    XCTAssertLessThan(try worst(cluster, from: from), 0.2, "\(what), \(ranks) ranks")
  }

  func testFoldsOnAnyNumberOfRanks() throws {
    for ranks in Self.ranks {
      try assertWithinAFifth("elastic", estimate(tasks(folds(68)), ranks: ranks), ranks: ranks)
      try assertWithinAFifth(
        "equal", estimate(tasks(Array(repeating: 3600, count: 68)), ranks: ranks), ranks: ranks)
      try assertWithinAFifth(
        "fixed", estimate(tasks(folds(68)), ranks: ranks, perFold: 1), ranks: ranks)
    }
  }

  /// Ranks of many speeds, and groups that are less than n times as fast, which nobody knows before.
  func testRanksOfManySpeeds() throws {
    var machine = SimulatedCluster.Machine.usual
    machine.speed = { 0.6 + 0.4 * Double($0 * 7919 % 101) / 100 }
    machine.speedup = { 1 + 0.7 * Double($0 - 1) }
    for ranks in Self.ranks {
      try assertWithinAFifth(
        "speeds", estimate(tasks(folds(68)), ranks: ranks, machine: machine), ranks: ranks)
    }
  }

  /// Ranks of which three of ten are five times slower, each with a group of its own.
  func testSlowRanks() throws {
    for ranks in [16, 100, 151] {
      try assertWithinAFifth(
        "slow ranks",
        estimate(
          tasks(folds(10 * ranks)), ranks: ranks, perFold: 1, machine: .stragglers(seed: 4)),
        ranks: ranks)
    }
  }

  /// Folds that take up to 30% more or less than others of their size, and some three times as much. Nobody can
  /// foresee it of a fold that waits; of those that run it is seen.
  func testUnforeseenFolds() throws {
    var random = SeededGenerator(seed: 3)
    for ranks in [68, 100, 151, 272] {
      let foreseen = folds(68)
      let some = foreseen.map { $0 * Double.random(in: 0.7...1.3, using: &random) }
      let thrice = foreseen.map { $0 * (Int.random(in: 0..<10, using: &random) == 0 ? 3 : 1) }
      for work in [some, thrice] {
        try assertWithinAFifth(
          "unforeseen", estimate(tasks(work, foreseen: foreseen), ranks: ranks), ranks: ranks)
      }
    }
    for ranks in [2, 5, 8, 16] {
      let foreseen = folds(400)
      let some = foreseen.map { $0 * Double.random(in: 0.7...1.3, using: &random) }
      try assertWithinAFifth(
        "unforeseen", estimate(tasks(some, foreseen: foreseen), ranks: ranks, looks: 300),
        ranks: ranks)
    }
  }

  /// Inner trainings, whose samples take a twelfth longer than is thought, beside the folds' own.
  func testInnerTrainings() throws {
    let all = folds(20).enumerated().flatMap { index, seconds in
      [Task(TaskKey(split: "\(index)"), work: seconds)]
        + (0..<5).map { inner in
          Task(
            TaskKey(split: "\(index)", inner: inner), work: 0.8 * seconds * 13 / 12,
            foreseen: 0.8 * seconds)
        }
    }
    for ranks in Self.ranks {
      try assertWithinAFifth("inner", estimate(all, ranks: ranks), ranks: ranks)
    }
  }

  /// Three settings, the largest model first, whose smaller ones are less fast for their work than is thought.
  func testSettings() throws {
    let settings = [("dim=64", 16.0, 1.0), ("dim=32", 4.0, 1.2), ("dim=16", 1.0, 1.6)]
    let all = settings.flatMap { name, cost, slowness in
      folds(26).enumerated().map { index, seconds in
        var task = Task(
          TaskKey(setting: name, split: "\(index)"), work: seconds * cost / 16 * slowness,
          foreseen: seconds * cost / 16)
        task.cost = cost
        return task
      }
    }
    for ranks in Self.ranks {
      try assertWithinAFifth("settings", estimate(all, ranks: ranks), ranks: ranks)
    }
  }

  /// Folds that end between 30% and 70% of their epochs: from when the first have ended on.
  func testEarlyEnds() throws {
    var random = SeededGenerator(seed: 6)
    for ranks in [1, 2, 5, 8] {
      let all = folds(400).enumerated().map { index, seconds in
        let end = Double.random(in: 0.3...0.7, using: &random)
        var task = Task(TaskKey(index), work: seconds * end, foreseen: seconds)
        task.end = end
        return task
      }
      try assertWithinAFifth("early", estimate(all, ranks: ranks, looks: 300), ranks: ranks)
    }
  }

  /// A job that goes on where another has ended, on ranks that are a tenth slower: right before the first step.
  func testAResumedJobKnowsTheEarlierOnesSpeed() throws {
    let all = folds(68).enumerated().dropFirst(20).map { index, seconds in
      var task = Task(TaskKey(index), work: seconds)
      if index < 30 { task.done = Double(index - 20) / 10 }
      return task
    }
    for ranks in Self.ranks {
      let cluster = try estimate(
        all, ranks: ranks, earlier: [TaskKind(TaskKey(0)): 1.1e6])
      XCTAssertEqual(cluster.estimates?.first?.now, 0)
      try assertWithinAFifth("resumed", cluster, ranks: ranks, from: 0)
    }
  }
}
