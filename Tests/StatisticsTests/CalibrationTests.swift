import Statistics
import XCTest

/// Reliability against scikit-learn's `calibration_curve`.
final class CalibrationTests: XCTestCase {
  func testAgainstScikitLearn() throws {
    for fixture in try Fixture.read().calibrations {
      let mine = Calibration(
        zip(fixture.confidence, fixture.right).map { ($0, $1) }, bins: fixture.bins)
      XCTAssertEqual(mine.bins.map(\.count), fixture.counts)
      let full = mine.bins.filter { $0.count > 0 }
      XCTAssertEqual(full.count, fixture.accuracy.count)
      for (bin, (accuracy, mean)) in zip(full, zip(fixture.accuracy, fixture.mean)) {
        XCTAssertEqual(bin.accuracy, accuracy, accuracy: 1e-12)
        XCTAssertEqual(bin.confidence, mean, accuracy: 1e-12)
      }
      XCTAssertEqual(mine.error, fixture.error, accuracy: 1e-12)
      let count = Double(fixture.confidence.count)
      XCTAssertEqual(mine.confidence, fixture.confidence.reduce(0, +) / count, accuracy: 1e-12)
      XCTAssertEqual(mine.accuracy, Double(fixture.right.count { $0 }) / count, accuracy: 1e-12)
    }
  }

  /// An end belongs to the bin below it, 0 to the first.
  func testEndsOfBins() {
    let predictions: [(confidence: Double, isRight: Bool)] = [
      (0, false), (0.5, true), (0.75, true), (1, true),
    ]
    let mine = Calibration(predictions, bins: 4)
    XCTAssertEqual(mine.bins.map(\.count), [1, 1, 1, 1])
    // |0 - 0|, |1 - 0.5|, |1 - 0.75|, |1 - 1|, a quarter each.
    XCTAssertEqual(mine.error, 0.1875)
    XCTAssertEqual(mine.bins[1].high, 0.5)
  }

  func testNoPredictionsHaveNoError() {
    let none = Calibration([(confidence: Double, isRight: Bool)]())
    XCTAssertEqual([none.error, none.accuracy, none.confidence], [0, 0, 0])
    XCTAssertEqual(none.bins.count, 10)
  }
}
