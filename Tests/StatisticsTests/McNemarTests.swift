import Evaluation
import Statistics
import XCTest

/// Small statistics against statsmodels, NumPy and SciPy.
final class McNemarTests: XCTestCase {
  func testAgainstStatsmodels() throws {
    for test in try Fixture.read().mcnemar {
      let mine = McNemarTest(firstOnly: test.first, secondOnly: test.second)
      XCTAssertEqual(mine.p, test.p, accuracy: 1e-11 * test.p, "\(test)")
      XCTAssertEqual(mine.p, McNemarTest(firstOnly: test.second, secondOnly: test.first).p)
    }
  }

  func testAHandComputedCase() {
    // Of 5 tosses at most one head: 6 of 32, both ways.
    XCTAssertEqual(McNemarTest(firstOnly: 1, secondOnly: 4).p, 0.375)
    XCTAssertEqual(McNemarTest(firstOnly: 0, secondOnly: 0).p, 1)
  }

  func testSpreadsAgainstNumPy() throws {
    for values in try Fixture.read().spreads {
      let spread = Spread(values.values)
      XCTAssertEqual(spread.mean, values.mean, accuracy: 1e-14)
      XCTAssertEqual(try XCTUnwrap(spread.deviation), values.deviation, accuracy: 1e-14)
    }
    XCTAssertNil(Spread([0.5]).deviation)
  }

  /// An ensemble's logits are logarithms of the mean of its models' probabilities.
  func testEnsemblesAgainstSciPy() throws {
    let fixture = try Fixture.read().ensemble
    let logits = EvaluationProtocol.mean(fixture.logits)
    for (mine, expected) in zip(logits, fixture.probabilities) {
      // A logit has the 24 bits of float32, so up to 1e-6 of a probability is lost.
      for (mine, expected) in zip(EvaluationProtocol.softmax(mine), expected) {
        XCTAssertEqual(mine, expected, accuracy: 2e-6 * expected + 1e-30)
      }
    }
    XCTAssertEqual(
      logits.map(EvaluationProtocol.prediction),
      fixture.probabilities.map { $0.firstIndex(of: $0.max()!)! })
  }
}
