import Evaluation
import TestSupport
import XCTest

/// UF1 and UAR against their definition, written anew over the label vectors.
final class ScoresTests: XCTestCase {
  private struct Expected {
    var uf1 = 0.0
    var uar = 0.0
    var accuracy = 0.0
  }

  /// The definition, clip by clip: no confusion matrix.
  private func expected(classes: Int, truth: [Int], predictions: [Int]) -> Expected {
    var f1: [Double] = []
    var recall: [Double] = []
    for c in 0..<classes {
      var (hits, falseAlarms, misses) = (0.0, 0.0, 0.0)
      for i in truth.indices {
        if truth[i] == c && predictions[i] == c { hits += 1 }
        if truth[i] != c && predictions[i] == c { falseAlarms += 1 }
        if truth[i] == c && predictions[i] != c { misses += 1 }
      }
      if truth.contains(c) || predictions.contains(c) {
        f1.append(2 * hits / (2 * hits + falseAlarms + misses))
      }
      if truth.contains(c) { recall.append(hits / (hits + misses)) }
    }
    let right = truth.indices.filter { truth[$0] == predictions[$0] }
    return Expected(
      uf1: f1.reduce(0, +) / Double(f1.count), uar: recall.reduce(0, +) / Double(recall.count),
      accuracy: Double(right.count) / Double(truth.count))
  }

  func testRandomCasesAbsentClassesAmongThem() throws {
    var random = SeededGenerator(seed: 2)
    // Cases in which some class is absent from the truth alone, the predictions alone, or both.
    var absent = [0, 0, 0]
    for _ in 0..<600 {
      let classes = Int.random(in: 2...6, using: &random)
      let clips = Int.random(in: 1...40, using: &random)
      func labels() -> [Int] {
        let used = (0..<classes).shuffled(using: &random).prefix(
          Int.random(in: 1...classes, using: &random))
        return (0..<clips).map { _ in used.randomElement(using: &random)! }
      }
      let (truth, predictions) = (labels(), labels())
      for c in 0..<classes {
        switch (truth.contains(c), predictions.contains(c)) {
        case (false, true): absent[0] += 1
        case (true, false): absent[1] += 1
        case (false, false): absent[2] += 1
        case (true, true): break
        }
      }
      let scores = try XCTUnwrap(
        Scores(
          ConfusionMatrix(
            classes: classes, zip(truth, predictions).map { (truth: $0, prediction: $1) })))
      let expected = expected(classes: classes, truth: truth, predictions: predictions)
      let what = "\(classes) classes, truth \(truth), predictions \(predictions)"
      XCTAssertEqual(scores.uf1, expected.uf1, accuracy: 1e-12, what)
      XCTAssertEqual(scores.uar, expected.uar, accuracy: 1e-12, what)
      XCTAssertEqual(scores.accuracy, expected.accuracy, accuracy: 1e-12, what)
      XCTAssertEqual(scores.clips, clips)
    }
    XCTAssertGreaterThan(absent.min()!, 100, "too few cases with absent classes: \(absent)")
  }

  func testAHandComputedCase() throws {
    // Class 0: 2 hits of 3, one false alarm; class 1: 1 of 2, one false alarm; class 2 is absent
    // from both; class 3 is predicted once and never true.
    let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (0, 3)]
    let matrix = ConfusionMatrix(classes: 4, pairs.map { (truth: $0.0, prediction: $0.1) })
    XCTAssertEqual(matrix.counts, [[2, 1, 0, 1], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    XCTAssertEqual(matrix.correct, 3)
    XCTAssertEqual(matrix.support(0), 4)
    XCTAssertEqual(matrix.predicted(0), 3)
    let scores = try XCTUnwrap(Scores(matrix))
    XCTAssertEqual(scores.f1[0]!, 4.0 / 7, accuracy: 1e-15)
    XCTAssertEqual(scores.f1[1]!, 0.5, accuracy: 1e-15)
    XCTAssertNil(scores.f1[2])
    XCTAssertEqual(scores.f1[3], 0)
    XCTAssertEqual(scores.recall, [0.5, 0.5, nil, nil])
    XCTAssertEqual(scores.uf1, (4.0 / 7 + 0.5) / 3, accuracy: 1e-15)
    XCTAssertEqual(scores.uar, 0.5, accuracy: 1e-15)
    XCTAssertEqual(scores.accuracy, 0.5, accuracy: 1e-15)
  }

  func testNoPredictionsHaveNoScores() {
    XCTAssertNil(Scores(ConfusionMatrix(classes: 3)))
  }
}
