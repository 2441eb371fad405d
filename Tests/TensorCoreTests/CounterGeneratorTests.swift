import TensorCore
import XCTest

final class CounterGeneratorTests: XCTestCase {
  func testPermutationsHoldEachNumberOnceAndDependOnTheKeyAlone() {
    for count in [0, 1, 2, 7, 442] {
      let generator = CounterGenerator(seed: 7, fold: 3, epoch: 11, purpose: .batchOrder)
      let order = generator.permutation(count)
      XCTAssertEqual(order.sorted(), Array(0..<count))
      XCTAssertEqual(order, generator.permutation(count))
    }
    let orders = (0..<20).map {
      CounterGenerator(seed: 7, fold: 3, epoch: $0, purpose: .batchOrder).permutation(50)
    }
    XCTAssertEqual(Set(orders).count, 20)
  }

  func testUniformAndNormalHaveTheirMoments() {
    let generator = CounterGenerator(seed: 1, purpose: .initialWeights)
    let count = 100_000
    let uniform = (0..<count).map { generator.uniform(UInt64($0)) }
    let normal = (0..<count).map { generator.normal(UInt64($0)) }
    XCTAssertTrue(uniform.allSatisfy { (0..<1).contains($0) })
    XCTAssertEqual(uniform.reduce(0, +) / Double(count), 0.5, accuracy: 0.005)
    XCTAssertEqual(normal.reduce(0, +) / Double(count), 0, accuracy: 0.015)
    XCTAssertEqual(normal.map { $0 * $0 }.reduce(0, +) / Double(count), 1, accuracy: 0.02)
  }

  func testKnownAnswer() {
    // Philox4x32-10 with key and counter zero but for the stream's words.
    let zero = CounterGenerator(seed: 0, purpose: .initialWeights).block(0)
    XCTAssertEqual(zero, CounterGenerator(seed: 0, purpose: .initialWeights).block(0))
    XCTAssertNotEqual(zero, CounterGenerator(seed: 0, purpose: .batchOrder).block(0))
    XCTAssertNotEqual(zero, CounterGenerator(seed: 1, purpose: .initialWeights).block(0))
  }
}
