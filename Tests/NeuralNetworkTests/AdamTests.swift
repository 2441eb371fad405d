import Foundation
import Kernels
import Matrices
import NeuralNetwork
import Random
import TestSupport
import XCTest

final class AdamTests: XCTestCase {
  private var layout: ParameterLayout {
    var layout = ParameterLayout()
    _ = Linear("a", inputs: 7, outputs: 9, deadOutputs: 4, in: &layout)
    _ = Convolution3x3("b", inputs: 3, outputs: 5, in: &layout)
    _ = Linear("c", inputs: 11, outputs: 3, bias: false, deadOutputs: 2, in: &layout)
    return layout
  }

  func testStepsAreThePapersFormula() {
    let layout = layout
    let count = layout.gradientCount
    let weights = Weights<Float>(layout)
    weights.initialize(CounterGenerator(seed: 1, purpose: .initialWeights))
    let start = (0..<layout.weightCount).map { weights.pointer[$0] }
    let places = layout.weightRanges(ofGradient: 0..<count).flatMap(Array.init)
    let context = CPUBackend<Float>(threads: 2)
    let adam = Adam<CPUBackend<Float>>(
      learningRate: 1e-3, layout: layout, owned: 0..<count, context)
    var random = SeededGenerator(seed: 13)
    var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    var expected = start.map(Double.init)
    for step in 1...20 {
      // Gradients of very different sizes, and exact zeros.
      let gradient = random.floats(count).enumerated().map {
        $0 % 10 == 0 ? 0 : $1 * Float(pow(10.0, Double($0 % 9) - 6))
      }
      adam.step(context, weights: weights.buffer, gradient: Buffer(gradient))
      for i in 0..<count {
        let g = Double(gradient[i])
        m[i] = 0.9 * m[i] + 0.1 * g
        v[i] = 0.999 * v[i] + 0.001 * g * g
        let mean = m[i] / (1 - pow(0.9, Double(step)))
        let square = v[i] / (1 - pow(0.999, Double(step)))
        expected[places[i]] -= 1e-3 * mean / (square.squareRoot() + 1e-8)
      }
      XCTAssertEqual(adam.steps, step)
    }
    for i in expected.indices {
      XCTAssertEqual(Double(weights.pointer[i]), expected[i], accuracy: 3e-6, "element \(i)")
    }
    // What has no place in the gradient has not moved.
    let dead = Set(0..<layout.weightCount).subtracting(places)
    XCTAssertEqual(dead.count, 4 * 7 + 2 * 11)
    XCTAssertTrue(dead.allSatisfy { weights.pointer[$0] == start[$0] })
  }

  func testItTellsWhatIsUpdated() {
    var layout = ParameterLayout()
    _ = layout.add("a", shape: [7, 3], rows: 7, initialValues: .constant(1), deadRows: 2)
    _ = layout.add("b", shape: [3000, 1000], rows: 3000, initialValues: .constant(1))
    _ = layout.add("c", shape: [5], rows: 1, initialValues: .constant(1), deadRows: 0)
    let context = CPUBackend<Float>(threads: 2)
    let weights = Weights<Float>(layout)
    weights.initialize(CounterGenerator(seed: 2, purpose: .initialWeights))
    let gradient = Buffer<Float>(count: layout.gradientCount)
    gradient.pointer.update(repeating: 1, count: layout.gradientCount)
    let owned = 4..<layout.gradientCount
    let adam = Adam<CPUBackend<Float>>(learningRate: 0.5, layout: layout, owned: owned, context)
    var ends: [Int] = []
    adam.step(context, weights: weights.buffer, gradient: gradient) { end in
      XCTAssertEqual(weights.pointer[end - 1], 0.5, accuracy: 1e-3)
      if end < layout.weightCount { XCTAssertEqual(weights.pointer[end], 1) }
      ends.append(end)
    }
    XCTAssertEqual(ends, ends.sorted())
    XCTAssertGreaterThan(ends.count, 2)
    XCTAssertEqual(ends.last, layout.weightCount)
    for element in 0..<layout.weightCount {
      let isUpdated = weights.pointer[element] != 1
      guard isUpdated == (element >= 6 + 4) else { return XCTFail("weight \(element)") }
    }
  }

  func testOwnersTogetherDoWhatOneDoes() {
    let layout = layout
    let count = layout.gradientCount
    let context = CPUBackend<Float>(threads: 1)
    var random = SeededGenerator(seed: 14)
    let gradients = (0..<5).map { _ in random.floats(count) }
    func train(_ parts: [Range<Int>]) -> [UInt32] {
      let weights = Weights<Float>(layout)
      weights.initialize(CounterGenerator(seed: 2, purpose: .initialWeights))
      let owners = parts.map {
        Adam<CPUBackend<Float>>(learningRate: 0.01, layout: layout, owned: $0, context)
      }
      for gradient in gradients {
        for owner in owners {
          owner.step(context, weights: weights.buffer, gradient: Buffer(gradient))
        }
      }
      return (0..<layout.weightCount).map { weights.pointer[$0].bitPattern }
    }
    let whole = train([0..<count])
    for cut in [0, 1, 16, 33, 35, 100, count - 1, count] {
      XCTAssertEqual(train([0..<cut, cut..<count]), whole, "cut at \(cut)")
    }
  }
}
