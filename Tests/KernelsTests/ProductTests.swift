import Matrices
import Compute
import Kernels
import TestSupport
import XCTest

/// Products against naive float64, and their bits against threads and owners of shards.
final class ProductTests: XCTestCase {
  /// Whatever this CPU can compute products by.
  private var kernels: [ProductKernel] {
    var kernels = [ProductKernel.best, .openBLAS]
    if let bf16 = try? ProductKernel.best(.bf16) { kernels.append(bf16) }
    return kernels
  }

  private struct Case {
    let batch: Int
    let shards: Int
    let rowsPerSample: Int
    let inputs: Int
    let outputs: Int
    var x: [Float] = []
    var dy: [Float] = []
    var weights: [Float] = []
  }

  /// y = x · Wᵀ and each node's dW for the shards `owned`.
  private func linear(_ c: Case, _ kernel: ProductKernel, threads: Int, _ owned: Range<Int>)
    -> (y: [Float], nodes: [[Float]])
  {
    let context = CPUBackend<Float>(threads: threads, products: kernel)
    let shards = BatchShards(batchSize: c.batch, shards: c.shards, owned: owned)
    let rows = shards.samples.count * c.rowsPerSample
    let first = shards.samples.lowerBound * c.rowsPerSample
    let x = context.matrix(rows, c.inputs)
    let dy = context.matrix(rows, c.outputs)
    let y = context.matrix(rows, c.outputs)
    x.set(Array(c.x[first * c.inputs..<(first + rows) * c.inputs]))
    dy.set(Array(c.dy[first * c.outputs..<(first + rows) * c.outputs]))
    context.linear(
      shards, x, weights: FlatSlice(Buffer(c.weights), offset: 0), bias: nil, residual: nil,
      into: y)
    let nodes = shards.nodes.map { _ in Buffer<Float>(count: c.inputs * c.outputs) }
    context.linearWeightGradient(
      shards, dy: dy, x: x, into: nodes.map { FlatSlice($0, offset: 0) })
    return (y.values, nodes.map(\.values))
  }

  func testThreadsAndOwnersNeverChangeABit() {
    var random = SeededGenerator(seed: 25)
    for shape in [
      (13, 4, 4, 17, 530), (7, 8, 1, 24, 96), (64, 4, 16, 85, 24), (3, 4, 4, 9, 5),
      (2, 2, 150, 600, 3),
    ] {
      var c = Case(
        batch: shape.0, shards: shape.1, rowsPerSample: shape.2, inputs: shape.3,
        outputs: shape.4)
      c.x = random.floats(c.batch * c.rowsPerSample * c.inputs)
      c.dy = random.floats(c.batch * c.rowsPerSample * c.outputs)
      c.weights = random.floats(c.inputs * c.outputs)
      for kernel in kernels { check(c, kernel) }
    }
  }

  private func check(_ c: Case, _ kernel: ProductKernel) {
    let count = c.shards
    let whole = linear(c, kernel, threads: 1, 0..<count)
    for threads in [2, 3] {
      let other = linear(c, kernel, threads: threads, 0..<count)
      XCTAssertEqual(other.y, whole.y, "\(kernel)")
      XCTAssertEqual(other.nodes, whole.nodes, "\(kernel)")
    }
    let halves = [
      linear(c, kernel, threads: 2, 0..<count / 2),
      linear(c, kernel, threads: 1, count / 2..<count),
    ]
    XCTAssertEqual(halves[0].y + halves[1].y, whole.y, "\(kernel)")
    XCTAssertEqual(
      zip(halves[0].nodes[0], halves[1].nodes[0]).map { $0 + $1 }, whole.nodes[0],
      "\(kernel): two ranks' halves are not the whole's tree")
    // Each shard alone, added as the tree has it.
    let leaves = (0..<count).map { linear(c, kernel, threads: 1, $0..<$0 + 1).nodes[0] }
    func tree(_ leaves: ArraySlice<[Float]>) -> [Float] {
      if leaves.count == 1 { return leaves.first! }
      let half = leaves.startIndex + leaves.count / 2
      return zip(tree(leaves[..<half]), tree(leaves[half...])).map { $0 + $1 }
    }
    XCTAssertEqual(
      tree(leaves[...]), whole.nodes[0], "\(kernel): the sum is not the tree over shards")
    if kernel == .packed(.float32) {
      // The definition: a chain of fused multiply-adds, every 256 steps added to what there is.
      for (row, column) in [(0, 0), (1, c.outputs / 2), (2, c.outputs - 1)] {
        var expected: Float?
        for start in stride(from: 0, to: c.inputs, by: 256) {
          let block = (start..<min(start + 256, c.inputs)).reduce(Float(0)) {
            $0.addingProduct(c.x[row * c.inputs + $1], c.weights[column * c.inputs + $1])
          }
          expected = expected.map { $0 + block } ?? block
        }
        XCTAssertEqual(whole.y[row * c.outputs + column], expected)
      }
    }
    // bf16 rounds each operand to 8 bits.
    let tolerance = kernel == .packed(.bf16) ? 0.02 : 2e-6
    let rows = c.batch * c.rowsPerSample
    for (row, column) in [(0, 0), (rows - 1, c.outputs - 1)] {
      let expected = (0..<c.inputs).reduce(0.0) {
        $0 + Double(c.x[row * c.inputs + $1]) * Double(c.weights[column * c.inputs + $1])
      }
      XCTAssertEqual(
        Double(whole.y[row * c.outputs + column]), expected,
        accuracy: tolerance * Double(c.inputs), "\(kernel)")
    }
    for (output, input) in [(c.outputs / 2, c.inputs / 2), (c.outputs - 1, c.inputs - 1)] {
      let expected = (0..<rows).reduce(0.0) {
        $0 + Double(c.dy[$1 * c.outputs + output]) * Double(c.x[$1 * c.inputs + input])
      }
      XCTAssertEqual(
        Double(whole.nodes[0][output * c.inputs + input]), expected,
        accuracy: tolerance * Double(rows), "\(kernel)")
    }
  }

  func testConvolutionAgainstNaiveDoubleAndItsBits() {
    var random = SeededGenerator(seed: 26)
    for (side, inputs, outputs, samples) in [(1, 4, 6, 3), (2, 5, 7, 5), (4, 3, 520, 2)] {
      let x = random.floats(samples * side * side * inputs)
      let weights = random.floats(9 * outputs * inputs)
      let bias = random.floats(outputs)
      let shards = BatchShards(batchSize: samples, shards: 2, owned: 0..<2)
      var results: [[Float]] = []
      for threads in [1, 2, 3] {
        let context = CPUBackend<Float>(threads: threads)
        let xs = context.matrix(samples * side * side, inputs)
        xs.set(x)
        let ys = context.matrix(samples * side * side, outputs)
        context.convolution(
          shards, xs, side: side, weights: FlatSlice(Buffer(weights), offset: 0),
          bias: FlatSlice(Buffer(bias), offset: 0), into: ys)
        results.append(ys.values)
      }
      XCTAssertEqual(results[1], results[0])
      XCTAssertEqual(results[2], results[0])
      for sample in 0..<samples {
        for position in 0..<side * side {
          for o in stride(from: 0, to: outputs, by: max(1, outputs / 9)) {
            var expected = Double(bias[o])
            for tap in 0..<9 {
              let (i, j) = (position / side + tap / 3 - 1, position % side + tap % 3 - 1)
              guard (0..<side).contains(i), (0..<side).contains(j) else { continue }
              for c in 0..<inputs {
                expected +=
                  Double(weights[(tap * outputs + o) * inputs + c])
                  * Double(x[((sample * side + i) * side + j) * inputs + c])
              }
            }
            XCTAssertEqual(
              Double(results[0][(sample * side * side + position) * outputs + o]), expected,
              accuracy: 1e-4)
          }
        }
      }
    }
  }

  func testCrossEntropyAgainstItsDefinition() {
    let context = CPUBackend<Float>()
    let logits = context.matrix(3, 3)
    logits.set([1, 2, 3, 1000, 0, -1000, 0, 0, 0])
    let gradient = context.matrix(3, 3)
    let losses = context.crossEntropy(
      logits, labels: [0, 1, 2], batchSize: 6, gradient: gradient)
    XCTAssertEqual(losses[0], 2.4076059644443806, accuracy: 1e-12)
    XCTAssertEqual(losses[1], 1000, accuracy: 1e-12)
    XCTAssertEqual(losses[2], 1.0986122886681098, accuracy: 1e-12)
    let expected: [Float] = [
      (0.09003057 - 1) / 6, 0.24472847 / 6, 0.66524096 / 6, 1 / 6, -1 / 6, 0, 1 / 18, 1 / 18,
      (1.0 / 3 - 1) / 6,
    ]
    for (found, expected) in zip(gradient.values, expected) {
      XCTAssertEqual(found, expected, accuracy: 1e-7)
    }
  }
}
