import Statistics
import XCTest

/// What guesses score, against every way to deal predictions out anew (scikit-learn and itertools).
final class PermutationTestTests: XCTestCase {
  func testAgainstEveryDeal() throws {
    let count = 20_000
    for fixture in try Fixture.read().permutations {
      let mine = PermutationTest(
        datasets: fixture.datasets, truth: fixture.truth, predictions: fixture.predictions,
        classes: fixture.classes, count: count)
      for (chance, expected, p) in zip3([mine.uf1, mine.uar], fixture.expected, fixture.p) {
        XCTAssertEqual(chance.expected, expected, accuracy: 1e-12)
        // Five times what the share of so many random deals scatters.
        let scatter = (p * (1 - p) / Double(count)).squareRoot()
        XCTAssertEqual(chance.p, p, accuracy: 5 * scatter + 1 / Double(count))
      }
    }
  }

  private func zip3<A, B, C>(_ a: [A], _ b: [B], _ c: [C]) -> [(A, B, C)] {
    zip(a, zip(b, c)).map { ($0, $1.0, $1.1) }
  }

  /// What follows from the frequencies of a dataset alone is no more than a guess.
  func testAGuessThatKnowsTheDatasetAlone() {
    let datasets = Array(repeating: "a", count: 10) + Array(repeating: "b", count: 10)
    let truth = Array(repeating: 0, count: 10) + Array(repeating: 1, count: 10)
    let knows = PermutationTest(
      datasets: datasets, truth: truth, predictions: [truth], classes: 2)
    for chance in [knows.uf1, knows.uar] {
      XCTAssertEqual(chance.expected, 1)
      XCTAssertEqual(chance.p, 1)
    }
    // Of one dataset the same predictions are far from a guess.
    let alone = PermutationTest(
      datasets: truth.map { _ in "a" }, truth: truth, predictions: [truth], classes: 2)
    XCTAssertEqual(alone.uar.expected, 0.5, accuracy: 1e-12)
    XCTAssertEqual(alone.uf1.p, 1 / 2001, accuracy: 1e-12)
  }

  func testDealsDependOnTheSeedAlone() {
    let truth = (0..<40).map { $0 % 3 }
    let predictions = [(0..<40).map { ($0 / 3) % 3 }]
    func test(_ seed: UInt64) -> PermutationTest {
      PermutationTest(
        datasets: truth.map { _ in "a" }, truth: truth, predictions: predictions, classes: 3,
        seed: seed)
    }
    XCTAssertEqual(test(1), test(1))
    XCTAssertNotEqual(test(1), test(2))
    XCTAssertEqual(test(1).uf1.expected, test(2).uf1.expected)
  }
}
