import Cluster
import Foundation
import MPI
import TestSupport
import XCTest

/// Clocks that differ are found by what nobody could explain by slow messages.
final class ClockComparisonTests: XCTestCase {
  private static let variable = "HTNET_TEST_CLOCKS"

  func testOnlyWhatLiesOutsideOfTheTwoMomentsIsADifference() {
    let second = 1_000_000_000
    for (reading, begin, end, expected) in [
      (5, 0, 9, 0), (0, 0, 9, 0), (9, 0, 9, 0), (12, 0, 9, 3), (-4, 0, 9, -4), (0, 100, 100, -100),
      (100, 100, 100, 0),
    ] as [(Int, Int, Int, Double)] {
      XCTAssertEqual(
        ClockComparison.seconds(reading * second, between: begin * second, and: end * second),
        expected)
    }
  }

  private func warning(_ seconds: [Double]) -> String? {
    ClockComparison.warning(
      seconds.enumerated().map { .init(host: "node\($0 + 1)", seconds: $1) })
  }

  func testWarningNamesTheHostsThatMatter() {
    XCTAssertNil(warning([]))
    XCTAssertNil(warning([0]))
    XCTAssertNil(warning([0, 4.9, -4.9]))
    let effect =
      "; training does not depend on them, but times in the log and the ages of checkpoints are wrong "
      + "by as much: let time synchronisation (NTP) run on every host"
    XCTAssertEqual(
      warning([0, 5, 0.1, -3600.04]),
      "clocks differ from that of node1, where rank 0 is: node4 is 3600.0 s behind, node2 is 5.0 s ahead"
        + effect)
    XCTAssertEqual(
      warning([0, 11, 12, 13, 14, 15]),
      "clocks differ from that of node1, where rank 0 is: node6 is 15.0 s ahead, node5 is 14.0 s ahead, "
        + "node4 is 13.0 s ahead, node3 is 12.0 s ahead and 1 more host" + effect)
  }

  func testRanksCompareTheirClocks() throws {
    try XCTSkipIf(ProcessInfo.processInfo.environment[Self.variable] != nil, "this is a rank")
    let ended = try Ranks.run(
      "ClusterTests.ClockComparisonTests/testOnEveryRank", ranks: 4,
      environment: [Self.variable: "1"])
    XCTAssertEqual(ended.status, 0, ended.output)
    XCTAssertEqual(ended.passed, 4, ended.output)
  }

  func testOnEveryRank() throws {
    guard ProcessInfo.processInfo.environment[Self.variable] != nil else {
      throw XCTSkip("runs under mpirun, started by the other test")
    }
    let environment = try Environment(deadline: 60)
    let world = environment.world
    let hosts = ["a", "b", "c", "b"]
    // All have one real clock, however late a rank reads it.
    let same = try ClockComparison(world, hosts: hosts) {
      if world.rank == 1 { usleep(300_000) }
      return ClockComparison.clock()
    }
    // Others take part, and are told nothing.
    if world.rank == 0 {
      XCTAssertEqual(same.differences, ["a", "b", "c"].map { .init(host: $0, seconds: 0) })
      XCTAssertNil(same.warning)
    }
    let other = try ClockComparison(world, hosts: hosts) {
      ClockComparison.clock() + (world.rank == 2 ? -100_000_000_000 : 0)
    }
    if world.rank == 0 {
      XCTAssertEqual(other.differences[1].seconds, 0)
      // Less by the time that the messages took.
      XCTAssertEqual(other.differences[2].seconds, -100, accuracy: 30)
      XCTAssertEqual(
        other.warning?.hasPrefix("clocks differ from that of a, where rank 0 is: c is "), true)
    }
    try environment.finalize()
  }
}
