import Matrices
import XCTest

final class BufferPoolTests: XCTestCase {
  func testShorterRequestsTakeWhatLongerOnesLeft() {
    let pool = BufferPool()
    let first = Matrix<Float>(rows: 10, columns: 100, pool: pool).pointer
    XCTAssertEqual(UInt(bitPattern: first) % 64, 0)
    XCTAssertEqual([pool.heldBytes, pool.lentBytes], [4000, 0])
    for count in [1000, 999, 500, 250] {
      let matrix = Matrix<Float>(rows: 1, columns: count, pool: pool)
      XCTAssertEqual(matrix.pointer, first, "\(count) elements")
      XCTAssertEqual(matrix.values.count, count)
      XCTAssertEqual([pool.heldBytes, pool.lentBytes], [0, 4000])
      withExtendedLifetime(matrix) {}
    }
    XCTAssertEqual([pool.heldBytes, pool.lentBytes], [4000, 0])
  }

  /// Longer ones cannot, and far shorter ones must not take it.
  func testRequestsOfOtherLengthsTakeMemoryOfTheirOwn() {
    for count in [1001, 249, 0] {
      let pool = BufferPool()
      let first = Matrix<Float>(rows: 10, columns: 100, pool: pool).pointer
      let matrix = Matrix<Float>(rows: count, columns: 1, pool: pool)
      XCTAssertNotEqual(matrix.pointer, first, "\(count) elements")
      XCTAssertEqual([pool.heldBytes, pool.lentBytes], [4000, 4 * max(count, 1)])
      withExtendedLifetime(matrix) {}
    }
  }

  func testTheShortestThatIsLongEnoughIsTaken() {
    let pool = BufferPool()
    var matrices = [300, 100, 200].map { Matrix<Double>(rows: 1, columns: $0, pool: pool) }
    let pointers = matrices.map(\.pointer)
    matrices = []
    XCTAssertEqual(pool.heldBytes, 8 * 600)
    let second = Matrix<Double>(rows: 1, columns: 150, pool: pool)
    let first = Matrix<Double>(rows: 1, columns: 90, pool: pool)
    let third = Matrix<Double>(rows: 1, columns: 100, pool: pool)
    XCTAssertEqual([third, first, second].map(\.pointer), pointers)
    XCTAssertEqual([pool.heldBytes, pool.lentBytes], [0, 8 * 600])
    withExtendedLifetime([first, second, third]) {}
  }

  func testTrimmingGivesBackAllThatIsNotLent() {
    let pool = BufferPool()
    let lent = Matrix<Float>(rows: 4, columns: 4, pool: pool)
    lent.fill(7)
    for count in 1...50 { _ = Matrix<Float>(rows: count, columns: 16, pool: pool) }
    XCTAssertGreaterThan(pool.heldBytes, 0)
    pool.trim()
    XCTAssertEqual([pool.heldBytes, pool.lentBytes], [0, 64])
    XCTAssertEqual(lent.values, Array(repeating: 7, count: 16))
  }
}
