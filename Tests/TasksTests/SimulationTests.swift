import Tasks
import TestSupport
import XCTest

/// Whole jobs, simulated: that no rank's time is wasted.
final class SimulationTests: SimulationTestCase {
  func testFoldsOnAnyNumberOfRanks() throws {
    let work = folds(68)
    try sideBySide(Array(1...272)) { ranks in
      let cluster = try simulate(work, ranks: ranks)
      XCTAssertGreaterThan(ideal(work, ranks: ranks) / cluster.seconds, 0.97, "\(ranks) ranks")
    }
  }

  /// What groups of one rank that stay as they are lose on 16 ranks.
  func testFixedGroups() throws {
    let work = folds(68)
    let cluster = try simulate(work, ranks: 16, perFold: 1)
    XCTAssertEqual(ideal(work, ranks: 16) / cluster.seconds, 0.86, accuracy: 0.02)
    XCTAssertEqual(cluster.yields, 0)
  }

  /// Ranks of many speeds, and groups that are less than n times as fast, which nobody knows before.
  func testStragglers() throws {
    var machine = SimulatedCluster.Machine.usual
    machine.speed = { 0.6 + 0.4 * Double($0 * 7919 % 101) / 100 }
    machine.speedup = { 1 + 0.7 * Double($0 - 1) }
    for ranks in [7, 23, 40, 67, 90, 200] {
      let work = folds(68)
      let elastic = try simulate(work, ranks: ranks, machine: machine)
      let fixed = try simulate(work, ranks: ranks, perFold: 1, machine: machine)
      XCTAssertLessThan(elastic.seconds, fixed.seconds * 1.02, "\(ranks) ranks")
    }
  }

  func testManyRanks() throws {
    let work = folds(10_000)
    let cluster = try simulate(work, ranks: 100_000, looks: 10)
    XCTAssertGreaterThan(ideal(work, ranks: 100_000) / cluster.seconds, 0.97)
  }
}
