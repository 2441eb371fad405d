import Foundation
import NeuralNetwork
import Random
import Threads
import XCTest

final class InitialValuesTests: XCTestCase {
  private struct Fixture: Decodable {
    struct Tensor: Decodable {
      let kind: String
      let count: Int
      let places: [Int]
      let values: [Float]
    }
    let seed: UInt64
    let fold: Int
    let fanIn: Int
    let constant: Double
    let tensors: [Tensor]

    private enum CodingKeys: String, CodingKey {
      case seed, fold, constant, tensors
      case fanIn = "fan_in"
    }
  }

  /// Against `scripts/random-fixture.py`, which shares no code with the program.
  func testEveryKindIsThatOfAnIndependentComputation() throws {
    let url = try XCTUnwrap(
      Bundle.module.url(
        forResource: "initial-values", withExtension: "json", subdirectory: "Fixtures"))
    let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    XCTAssertEqual(Set(fixture.tensors.map(\.kind)), ["constant", "normal", "uniform"])
    var layout = ParameterLayout()
    for (index, tensor) in fixture.tensors.enumerated() {
      let kinds: [String: InitialValues] = [
        "constant": .constant(fixture.constant), "normal": .normal,
        "uniform": .uniform(fanIn: fixture.fanIn),
      ]
      _ = layout.add(
        "t\(index)", shape: [tensor.count], rows: 1,
        initialValues: try XCTUnwrap(kinds[tensor.kind]))
    }
    for threads in [nil, ThreadPool(threads: 2)] {
      let weights = Weights<Float>(layout)
      weights.initialize(
        CounterGenerator(seed: fixture.seed, fold: fixture.fold, purpose: .initialWeights),
        threads: threads)
      for (tensor, expected) in zip(layout.tensors, fixture.tensors) {
        XCTAssertEqual(
          expected.places.map { weights.pointer[tensor.offset + $0] }, expected.values,
          "\(tensor.name), \(expected.kind)")
      }
      threads?.shutDown()
    }
  }
}
