import NeuralNetwork
import Random
import TestSupport
import XCTest

final class ParameterLayoutTests: XCTestCase {
  private func randomLayout(_ random: inout SeededGenerator) -> ParameterLayout {
    var layout = ParameterLayout()
    for index in 0..<Int.random(in: 1...8, using: &random) {
      let rows = Int.random(in: 1...5, using: &random)
      let columns = Int.random(in: 1...6, using: &random)
      if Bool.random(using: &random) {
        _ = Convolution3x3("c\(index)", inputs: columns, outputs: rows, in: &layout)
      } else {
        _ = Linear(
          "l\(index)", inputs: columns, outputs: rows, bias: Bool.random(using: &random),
          deadOutputs: Int.random(in: 0...rows - 1, using: &random), in: &layout)
      }
    }
    return layout
  }

  func testWeightRangesCoverEveryTrainedElementInOrder() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      let layout = randomLayout(&random)
      // Where each element of the gradient lies in the weights, one by one.
      var places: [Int] = []
      for parameter in layout.trained {
        XCTAssertEqual(parameter.gradientOffset, places.count)
        places += parameter.range
      }
      XCTAssertEqual(places.count, layout.gradientCount)
      let bounds = [
        Int.random(in: 0...layout.gradientCount, using: &random),
        Int.random(in: 0...layout.gradientCount, using: &random),
      ].sorted()
      let range = bounds[0]..<bounds[1]
      let runs = layout.weightRanges(ofGradient: range)
      XCTAssertEqual(runs.flatMap(Array.init), Array(places[range]))
      for (left, right) in zip(runs, runs.dropFirst()) {
        XCTAssertLessThan(left.upperBound, right.lowerBound, "runs that touch are not one")
      }
      for index in 0..<layout.gradientCount {
        let parameter = layout.parameter(ofGradient: index)
        XCTAssertEqual(parameter?.range.contains(places[index]), true)
      }
      XCTAssertNil(layout.parameter(ofGradient: layout.gradientCount))
      XCTAssertEqual(
        layout.weightCount - layout.gradientCount, layout.tensors.map(\.deadCount).reduce(0, +))
    }
  }

  func testPublishedOrderGoesBothWays() {
    var random = SeededGenerator(seed: 12)
    for _ in 0..<100 {
      let weights = Weights<Float>(randomLayout(&random))
      var expected: [[Float]] = []
      for tensor in weights.layout.tensors {
        expected.append(random.floats(tensor.count))
        weights.setPublished(tensor, to: expected.last!)
      }
      for (tensor, values) in zip(weights.layout.tensors, expected) {
        XCTAssertEqual(weights.published(tensor), values)
        guard tensor.order == .tapsFirst else { continue }
        // Published [outputs, inputs, 3, 3]; kept [3 · 3, outputs, inputs].
        let (outputs, inputs) = (tensor.shape[0], tensor.shape[1])
        for o in 0..<outputs {
          for i in 0..<inputs {
            for tap in 0..<9 {
              XCTAssertEqual(
                weights.pointer[tensor.offset + (tap * outputs + o) * inputs + i],
                values[(o * inputs + i) * 9 + tap])
            }
          }
        }
      }
    }
  }

  func testInitialValuesHaveTheirBoundsAndMoments() {
    var layout = ParameterLayout()
    let uniform = layout.add("u", shape: [200, 500], rows: 200, initialValues: .uniform(fanIn: 16))
    let normal = layout.add("n", shape: [100_000], rows: 1, initialValues: .normal)
    let one = layout.add("g", shape: [50], rows: 1, initialValues: .constant(1))
    let second = layout.add("v", shape: [500], rows: 1, initialValues: .uniform(fanIn: 16))
    let weights = Weights<Float>(layout)
    weights.initialize(CounterGenerator(seed: 3, purpose: .initialWeights))
    func values(_ range: Range<Int>) -> [Double] { range.map { Double(weights.pointer[$0]) } }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let u = values(uniform.range)
    XCTAssertTrue(u.allSatisfy { (-0.25...0.25).contains($0) })
    XCTAssertLessThan(u.min()!, -0.249)
    XCTAssertGreaterThan(u.max()!, 0.249)
    XCTAssertEqual(mean(u), 0, accuracy: 2e-3)
    XCTAssertEqual(mean(u.map { $0 * $0 }), 0.0625 / 3, accuracy: 3e-4)
    let n = values(normal.range)
    XCTAssertEqual(mean(n), 0, accuracy: 0.015)
    XCTAssertEqual(mean(n.map { $0 * $0 }), 1, accuracy: 0.02)
    XCTAssertEqual(mean(n.map { $0 * $0 * $0 * $0 }), 3, accuracy: 0.15)
    XCTAssertEqual(values(one.range), Array(repeating: 1, count: 50))
    XCTAssertNotEqual(values(second.range), Array(u.prefix(500)), "two tensors share a stream")
    // Another seed or fold draws others, the same one the same.
    let again = Weights<Float>(layout)
    again.initialize(CounterGenerator(seed: 3, purpose: .initialWeights))
    XCTAssertTrue((0..<layout.weightCount).allSatisfy { again.pointer[$0] == weights.pointer[$0] })
    again.initialize(CounterGenerator(seed: 3, fold: 1, purpose: .initialWeights))
    XCTAssertNotEqual(again.pointer[0], weights.pointer[0])
  }
}
