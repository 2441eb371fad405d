import Autograd
import Compute
import Kernels
import Matrices
import Random
import TestSupport
import XCTest

/// What a library's user did wrong is said before the process ends, in release builds too.
final class MisuseTests: XCTestCase {
  private func assertFatal(_ expected: String, _ body: () -> Void) throws {
    guard let (message, signal) = try lastWords(of: name, in: "AutogradTests", body) else {
      return XCTFail("it came back")
    }
    XCTAssertEqual(message, expected)
    XCTAssertNotEqual(signal, 0)
  }

  /// A tape over four samples, weights for it, and what two layers [3, 3] and a bias are.
  private struct Bench {
    let weights = Buffer<Float>(count: 64)
    let gradients = NodeGradients<CPUBackend<Float>>(count: 64)
    let context = CPUBackend<Float>()
    let tape: Tape<CPUBackend<Float>>
    let first = Parameter(name: "first.weight", rows: 3, columns: 3, offset: 0, gradientOffset: 0)
    let bias = Parameter(name: "first.bias", rows: 1, columns: 3, offset: 9, gradientOffset: 9)
    let second = Parameter(
      name: "second.weight", rows: 3, columns: 3, offset: 12, gradientOffset: 12)

    init() {
      tape = Tape(
        context, shards: BatchShards(whole: 4), weights: weights,
        gradients: gradients)
    }

    func input(_ rows: Int = 4, _ columns: Int = 3) -> Variable<CPUBackend<Float>> {
      let matrix = context.matrix(rows, columns)
      matrix.fill(1)
      return tape.input(matrix)
    }
  }

  func testALayerThatIsUsedTwice() throws {
    try assertFatal(
      "first.weight is used a second time on one tape, which has room for the gradient of one use: "
        + "give each use a layer of its own, and each forward pass a tape of its own"
    ) {
      let bench = Bench()
      let middle = bench.tape.linear(bench.input(), bench.first, bias: bench.bias)
      _ = bench.tape.linear(bench.tape.gelu(middle), bench.first, bias: bench.bias)
    }
  }

  func testLayersOutOfTheirOrder() throws {
    try assertFatal(
      "first.weight is used after a layer that was laid out after it: add layers to the layout in the "
        + "order in which the forward pass uses them"
    ) {
      let bench = Bench()
      let middle = bench.tape.linear(bench.input(), bench.second)
      _ = bench.tape.linear(middle, bench.first, bias: bench.bias)
    }
  }

  func testAWeightOfOtherChannels() throws {
    try assertFatal("first.weight [3, 3] on 2 channels") {
      let bench = Bench()
      _ = bench.tape.linear(bench.input(4, 2), bench.first)
    }
  }

  func testABiasOfAnotherLength() throws {
    try assertFatal("second.weight of 9 values for 3 outputs of first.weight") {
      let bench = Bench()
      _ = bench.tape.linear(bench.input(), bench.first, bias: bench.second)
    }
  }

  func testAResidualOfAnotherShape() throws {
    try assertFatal("first.weight gives [4, 3], and the residual is [8, 3]") {
      let bench = Bench()
      _ = bench.tape.linear(bench.input(), bench.first, residual: bench.input(8))
    }
  }

  func testASumOfTwoShapes() throws {
    try assertFatal("the sum of [4, 3] and [4, 2]") {
      let bench = Bench()
      _ = bench.tape.add(bench.input(), bench.input(4, 2))
    }
  }

  func testMapsOfAnotherSize() throws {
    try assertFatal("4 rows for 4 samples of 16 positions") {
      let bench = Bench()
      _ = bench.tape.maxPool(bench.input(), side: 4)
    }
  }

  func testALabelThatIsNoClass() throws {
    try assertFatal("the label 3 is not in 0 ..< 3") {
      let bench = Bench()
      _ = bench.tape.crossEntropy(bench.input(), labels: [0, 1, 2, 3])
    }
  }

  func testAProbabilityThatDropsAll() throws {
    try assertFatal("a dropout of probability 1.0, which is not at least 0 and less than 1") {
      _ = DropoutKey(
        generator: CounterGenerator(seed: 1, purpose: .dropout), layer: 1, probability: 1)
    }
  }

  func testShardsThatAreNoPowerOfTwo() throws {
    try assertFatal("3 shards are not a power of two") {
      _ = BatchShards(batchSize: 6, shards: 3, owned: 0..<3)
    }
  }

  /// What is right stays possible: each layer once, in order, and a tape for each pass.
  func testLayersInOrderAreTaken() {
    let bench = Bench()
    for _ in 0..<2 {
      let tape = Tape(
        bench.context, shards: BatchShards(whole: 4), weights: bench.weights,
        gradients: bench.gradients)
      let middle = tape.linear(bench.input(), bench.first, bias: bench.bias)
      let logits = tape.linear(middle, bench.second)
      XCTAssertEqual(tape.crossEntropy(logits, labels: [0, 1, 2, 0]).count, 4)
      tape.backward()
    }
    // Without gradients there is nothing to mix up.
    let tape = Tape(bench.context, shards: BatchShards(whole: 4), weights: bench.weights)
    let middle = tape.linear(bench.input(), bench.first)
    XCTAssertEqual(tape.linear(middle, bench.first).value.columns, 3)
  }
}
