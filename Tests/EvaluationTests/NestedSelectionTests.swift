import Evaluation
import TestSupport
import XCTest

/// The epoch that held-out training subjects choose.
final class NestedSelectionTests: XCTestCase {
  /// Logits whose largest is `prediction`'s.
  private func logits(_ predictions: [Int]) -> [[Float]] {
    predictions.map { prediction in (0..<3).map { $0 == prediction ? 1 : 0 } }
  }

  private func inner(_ epochs: [[Int]], truth: [Int]) -> FoldEvidence.Inner {
    .init(logitsOfEveryEpoch: epochs.map(logits), truth: truth)
  }

  func testInnerSplitsChooseTogetherAndOfEqualsTheEarlier() {
    let test = [[2], [1], [0], [2]]
    // Of both splits together epochs 1 and 3 have both clips of class 0 and one of class 1 right, epoch
    // 2 has all of the first split, and nothing of the second.
    let one = inner([[1, 1], [0, 1], [0, 1], [0, 1]], truth: [0, 1])
    let two = inner([[1, 0], [0, 2], [2, 2], [0, 2]], truth: [0, 1])
    for truth in [[0], [1], [2]] {
      let fold = FoldEvidence(
        logitsOfEveryEpoch: test.map(logits), truth: truth, inner: [one, two])
      let answer = EvaluationProtocol.nested.answer(fold)
      XCTAssertEqual(answer.epoch, 1)
      XCTAssertEqual(answer.logits, logits([1]))
    }
  }

  /// Against UF1 as it is defined, over many random outcomes.
  func testAgainstAnExhaustiveSearch() {
    var random = SeededGenerator(seed: 61)
    for _ in 0..<200 {
      let epochs = Int.random(in: 1...8, using: &random)
      let splits = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        let clips = Int.random(in: 1...6, using: &random)
        return FoldEvidence.Inner(
          logitsOfEveryEpoch: (0..<epochs).map { _ in (0..<clips).map { _ in random.floats(3) } },
          truth: (0..<clips).map { _ in Int.random(in: 0..<3, using: &random) })
      }
      var best = (epoch: 0, uf1: -1.0)
      for epoch in 0..<epochs {
        var (right, all) = ([0, 0, 0], [0, 0, 0])
        for split in splits {
          for (logits, truth) in zip(split.logitsOfEveryEpoch[epoch], split.truth) {
            let prediction = logits.firstIndex(of: logits.max()!)!
            if prediction == truth { right[truth] += 1 }
            all[truth] += 1
            all[prediction] += 1
          }
        }
        let present = (0..<3).filter { all[$0] > 0 }
        let uf1 =
          present.map { 2 * Double(right[$0]) / Double(all[$0]) }.reduce(0, +)
          / Double(present.count)
        if uf1 > best.uf1 { best = (epoch, uf1) }
      }
      let fold = FoldEvidence(
        logitsOfEveryEpoch: (0..<epochs).map { [[Float($0), 0, 0]] }, truth: [0], inner: splits)
      XCTAssertEqual(EvaluationProtocol.nested.answer(fold).epoch, best.epoch)
    }
  }

  /// Trainings that ended early have fewer epochs.
  func testOnlyEpochsOfAllTrainingsAreChosen() {
    let short = inner([[0, 1], [1, 0]], truth: [0, 1])
    let long = inner([[1, 0], [1, 0], [0, 1]], truth: [0, 1])
    let fold = FoldEvidence(
      logitsOfEveryEpoch: [logits([2])], truth: [0],
      inner: [short, inner([[1, 0], [0, 1]], truth: [0, 1])])
    // Epochs 0 and 1 are equal; the fold itself has one.
    XCTAssertEqual(EvaluationProtocol.nested.answer(fold).epoch, 0)
    let late = FoldEvidence(
      logitsOfEveryEpoch: [logits([2])], truth: [0],
      inner: [inner([[1, 0], [0, 1]], truth: [0, 1])])
    XCTAssertEqual(EvaluationProtocol.nested.answer(late).epoch, 0)
    let three = FoldEvidence(
      logitsOfEveryEpoch: (0..<3).map { logits([$0]) }, truth: [0], inner: [short, long])
    XCTAssertEqual(EvaluationProtocol.nested.answer(three).epoch, 0)
    XCTAssertFalse(EvaluationProtocol.nested.answer(three).isCut)
    XCTAssertTrue(EvaluationProtocol.nested.answer(late).isCut)
    // The inner training chooses its third epoch, and the fold's own ended with its second.
    let cut = FoldEvidence(
      logitsOfEveryEpoch: [logits([2]), logits([1])], truth: [0], inner: [long])
    XCTAssertEqual(EvaluationProtocol.nested.answer(cut).epoch, 1)
    XCTAssertEqual(EvaluationProtocol.nested.answer(cut).logits, logits([1]))
    XCTAssertTrue(EvaluationProtocol.nested.answer(cut).isCut)
    // Where the inner models answer, there is nothing to cut.
    let mean = FoldEvidence(
      logitsOfEveryEpoch: [logits([2])], truth: [0],
      inner: [
        .init(
          logitsOfEveryEpoch: long.logitsOfEveryEpoch, truth: long.truth,
          testLogits: [[2], [1], [0]].map(logits))
      ])
    XCTAssertEqual(EvaluationProtocol.nested.answer(mean).epoch, 2)
    XCTAssertFalse(EvaluationProtocol.nested.answer(mean).isCut)
  }

  /// Without a training on all subjects the inner models answer: by the mean of their probabilities.
  func testInnerModelsAnswerByTheirMeanProbabilities() throws {
    let chosen = [[Float(0), 0, 0]]
    let models: [[[Float]]] = [[[2, 0, -1]], [[-1, 3, 0]]]
    let fold = FoldEvidence(
      logitsOfEveryEpoch: [[[9, 9, 9]], [[9, 9, 9]]], truth: [0],
      inner: models.map {
        .init(
          logitsOfEveryEpoch: [chosen, [[0, 1, 0]]], truth: [0], testLogits: [$0, [[5, 5, 5]]])
      })
    let answer = EvaluationProtocol.nested.answer(fold)
    XCTAssertEqual(answer.epoch, 0)
    func softmax(_ x: [Float]) -> [Double] {
      let powers = x.map { exp(Double($0)) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    let expected = zip(softmax(models[0][0]), softmax(models[1][0])).map { log(($0 + $1) / 2) }
    for (mine, theirs) in zip(try XCTUnwrap(answer.logits.first), expected) {
      XCTAssertEqual(Double(mine), theirs, accuracy: 1e-6)
    }
  }
}
