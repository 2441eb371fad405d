import Evaluation
import TestSupport
import XCTest

final class SelectionTests: XCTestCase {
  /// Logits whose largest is `prediction`'s.
  private func logits(_ predictions: [Int]) -> [[Float]] {
    predictions.map { prediction in (0..<3).map { $0 == prediction ? 1 : 0 } }
  }

  /// Whoever breaks a rule reads which, in release builds too.
  func testAMatrixOfNoClassesIsRefusedWithWords() throws {
    guard
      let (message, signal) = try lastWords(
        of: name, in: "EvaluationTests", { _ = ConfusionMatrix(classes: 0) })
    else { return XCTFail("it came back") }
    XCTAssertEqual(message, "0 classes")
    XCTAssertNotEqual(signal, 0)
  }

  func testBestOnTestTakesTheLaterOfEquals() {
    let epochs = [[0, 1, 1], [0, 1, 2], [2, 1, 0], [0, 0, 2], [1, 1, 2], [1, 0, 0]]
    let truth = [0, 1, 0]
    // Right: 2, 2, 2, 1, 1, 1.
    let fold = FoldEvidence(logitsOfEveryEpoch: epochs.map(logits), truth: truth)
    let chosen = EvaluationProtocol.bestOnTest.answer(fold)
    XCTAssertEqual(chosen.epoch, 2)
    XCTAssertEqual(chosen.logits, logits([2, 1, 0]))
    let last = EvaluationProtocol.lastEpoch.answer(fold)
    XCTAssertEqual(last.epoch, 5)
    XCTAssertEqual(last.logits, logits([1, 0, 0]))
  }

  func testBestOnTestAgainstAnExhaustiveSearch() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<200 {
      let clips = Int.random(in: 1...5, using: &random)
      let truth = (0..<clips).map { _ in Int.random(in: 0..<3, using: &random) }
      let epochs = (0..<Int.random(in: 1...9, using: &random)).map { _ in
        (0..<clips).map { _ in random.floats(3) }
      }
      var best = (epoch: -1, right: -1)
      for (epoch, logits) in epochs.enumerated() {
        let right = zip(logits, truth).filter { $0.firstIndex(of: $0.max()!)! == $1 }.count
        if right >= best.right { best = (epoch, right) }
      }
      let chosen = EvaluationProtocol.bestOnTest.answer(
        FoldEvidence(logitsOfEveryEpoch: epochs, truth: truth))
      XCTAssertEqual(chosen.epoch, best.epoch)
    }
  }

  func testLastEpochNeverLooksAtTheTruth() {
    let epochs = [logits([0, 1]), logits([2, 1])]
    for truth in [[0, 0], [2, 1], [1, 2]] {
      XCTAssertEqual(
        EvaluationProtocol.lastEpoch.answer(
          FoldEvidence(logitsOfEveryEpoch: epochs, truth: truth)
        ).logits, logits([2, 1]))
    }
  }

  func testEqualLogitsGiveTheFirstClass() {
    XCTAssertEqual(EvaluationProtocol.prediction([1, 3, 3]), 1)
    XCTAssertEqual(EvaluationProtocol.prediction([0, 0, 0]), 0)
  }

  func testOnlyBestOnTestIsOptimistic() {
    XCTAssertEqual(EvaluationProtocol.allCases.filter(\.isOptimistic), [.bestOnTest])
    XCTAssertEqual(EvaluationProtocol.bestOnTest.rawValue, "best-on-test")
    XCTAssertEqual(EvaluationProtocol.lastEpoch.rawValue, "last-epoch")
    XCTAssertEqual(EvaluationProtocol.nested.rawValue, "nested")
  }
}
