import Cluster
import XCTest

final class TurnsTests: XCTestCase {
  func testNobodyStarves() {
    var turns = Turns<Int>()
    for number in 0..<5 { turns.add(number) }
    var served: [Int] = []
    // Passes of two turns each, after which those that had one wait again.
    for _ in 0..<5 {
      let pass = (0..<2).compactMap { _ in turns.next() }
      pass.forEach { turns.add($0) }
      served += pass
    }
    XCTAssertEqual(served, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
  }

  func testEachWaitsOnce() {
    var turns = Turns<Int>()
    XCTAssertTrue(turns.isEmpty)
    for number in [1, 2, 1] { turns.add(number) }
    XCTAssertEqual(turns.count, 2)
    XCTAssertTrue(turns.remove(1))
    XCTAssertFalse(turns.remove(1))
    turns.add(3)
    turns.add(1)
    // Its first place is still its own.
    XCTAssertEqual((0..<4).map { _ in turns.next() }, [1, 2, 3, nil])
    XCTAssertTrue(turns.isEmpty)
  }
}
