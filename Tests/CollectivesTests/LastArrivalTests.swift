import Collectives
import XCTest

/// Whose messages come last, and for how long they alone are missing.
final class LastArrivalTests: XCTestCase {
  private func latecomer(_ looks: [(ranks: [Int], milliseconds: UInt64)]) -> String {
    var last = LastArrival()
    for look in looks { last.look(missing: look.ranks, at: look.milliseconds * 1_000_000) }
    return last.latecomer.map { "\($0.rank) \($0.seconds)" } ?? "nobody"
  }

  func testTheLastRankIsKnownWhenAllIsHere() {
    XCTAssertEqual(
      latecomer([([1, 2, 3], 0), ([1, 3], 1), ([3], 2), ([3], 400), ([], 502)]), "3 0.5")
    XCTAssertEqual(latecomer([([1, 2, 3], 0), ([2], 10), ([], 10)]), "2 0.0")
    XCTAssertEqual(latecomer([([1, 2, 3], 0), ([3], 2), ([3], 400)]), "nobody")
  }

  func testNobodyIsNamedWithoutTwoOthers() {
    XCTAssertEqual(latecomer([([1], 0), ([1], 9), ([], 100)]), "nobody")
    // Both at once.
    XCTAssertEqual(latecomer([([1, 2], 0), ([], 100)]), "nobody")
    XCTAssertEqual(latecomer([([], 0), ([], 1)]), "nobody")
  }
}
