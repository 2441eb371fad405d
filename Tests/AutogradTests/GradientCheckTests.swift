import Autograd
import Compute
import Kernels
import Matrices
import Random
import XCTest

/// Every operation's gradient against central differences in float64.
///
/// The loss is the sum of the operation's output times fixed random numbers; each input and each
/// parameter is moved by ±1e-6. Shards of unequal size take part, so that the tree is checked too.
final class GradientCheckTests: XCTestCase {
  func testEveryOperationHasACheckThatHolds() throws {
    var checked: Set<TapeOperation> = []
    for check in GradientCheck.all {
      checked.formUnion(try check.run())
    }
    XCTAssertEqual(checked, Set(TapeOperation.allCases), "an operation has no gradient check")
  }

  func testACheckNoticesAWrongGradient() throws {
    let check = GradientCheck(name: "halved", columns: 4, parameters: [(3, 4)]) { tape, x, p in
      let y = tape.linear(x, p[0])
      return tape.dropout(
        y,
        DropoutKey(
          generator: CounterGenerator(seed: 1, purpose: .dropout), layer: 1, probability: 0))
    }
    XCTAssertThrowsError(try check.run(scalingGradientsBy: 1.001))
  }
}

/// One operation with its input and parameters.
struct GradientCheck {
  typealias Body = (Tape<CPUBackend<Double>>, Variable<CPUBackend<Double>>, [Parameter]) ->
    Variable<CPUBackend<Double>>

  struct Failure: Error, CustomStringConvertible { let description: String }

  let name: String
  var samples = 5
  var positions = 1
  let columns: Int
  var parameters: [(rows: Int, columns: Int)] = []
  let body: Body

  static let map = FeatureMap(side: 4, blocks: 2)
  static let dropout = DropoutKey(
    generator: CounterGenerator(seed: 9, purpose: .dropout), layer: 3, probability: 0.4)

  static var all: [GradientCheck] {
    [
      GradientCheck(name: "linear", positions: 3, columns: 7, parameters: [(6, 7), (1, 6)]) {
        $0.linear($1, $2[0], bias: $2[1])
      },
      GradientCheck(name: "linear, residual", columns: 6, parameters: [(6, 6), (1, 6)]) {
        $0.linear($1, $2[0], bias: $2[1], residual: $1)
      },
      GradientCheck(name: "gelu", columns: 9) { tape, x, _ in tape.gelu(x) },
      GradientCheck(name: "norm", positions: 2, columns: 21, parameters: [(1, 21), (1, 21)]) {
        $0.norm($1, gain: $2[0], bias: $2[1])
      },
      GradientCheck(name: "norm and residual", columns: 5, parameters: [(1, 5), (1, 5), (5, 5)]) {
        $0.linear($0.norm($1, gain: $2[0], bias: $2[1]), $2[2], residual: $1)
      },
      GradientCheck(name: "add", columns: 5) { tape, x, _ in tape.add(tape.gelu(x), x) },
      GradientCheck(name: "addPositions", positions: 16, columns: 3, parameters: [(1, 4)]) {
        $0.addPositions($1, $2[0], map: map)
      },
      GradientCheck(name: "attention", positions: 16, columns: 18) { tape, x, _ in
        tape.attention(x, map: map, heads: 2)
      },
      GradientCheck(name: "attention, dropout", positions: 16, columns: 12) { tape, x, _ in
        tape.attention(x, map: map, heads: 2, dropout: dropout)
      },
      GradientCheck(
        name: "convolution 4", positions: 16, columns: 3, parameters: [(36, 3), (1, 4)]
      ) { $0.convolution($1, $2[0], bias: $2[1], side: 4) },
      GradientCheck(name: "convolution 2", positions: 4, columns: 5, parameters: [(27, 5), (1, 3)])
      { $0.convolution($1, $2[0], bias: $2[1], side: 2) },
      GradientCheck(name: "convolution 1", positions: 1, columns: 5, parameters: [(27, 5), (1, 3)])
      { $0.convolution($1, $2[0], bias: $2[1], side: 1) },
      GradientCheck(name: "maxPool", positions: 16, columns: 3) { tape, x, _ in
        tape.maxPool(x, side: 4)
      },
      GradientCheck(name: "mean", positions: 4, columns: 3) { tape, x, _ in
        tape.mean(x, positions: 4)
      },
      GradientCheck(name: "dropout", columns: 8) { tape, x, _ in
        tape.dropout(x, dropout, group: 2)
      },
      GradientCheck(name: "crossEntropy", columns: 3) { tape, x, _ in x },
      GradientCheck(name: "softCrossEntropy", columns: 3) { tape, x, _ in x },
    ]
  }

  /// The loss, and by `backward` the gradients of the input and of the parameters.
  private func evaluate(
    _ x: [Double], _ weights: Buffer<Double>, _ layout: [Parameter],
    _ gradients: NodeGradients<CPUBackend<Double>>?, _ context: CPUBackend<Double>
  ) -> (loss: Double, input: [Double], recorded: Set<TapeOperation>) {
    let shards = BatchShards(batchSize: samples, shards: 8, owned: 0..<8)
    let tape = Tape(
      context, shards: shards, weights: weights,
      gradients: gradients ?? NodeGradients(count: weights.count))
    let matrix = context.matrix(samples * positions, columns)
    matrix.set(x)
    let input = tape.input(matrix, needsGradient: true)
    let output = body(tape, input, layout)
    var loss = 0.0
    if name == "crossEntropy" {
      let losses = tape.crossEntropy(output, labels: (0..<samples).map { $0 % columns })
      loss = losses.reduce(0, +) / Double(samples)
    } else if name == "softCrossEntropy" {
      let coefficients = (0..<samples).map { row in
        (0..<columns).map { abs(Self.random(row * columns + $0, stream: 7)) }
      }
      let targets = SoftTargets(coefficients: coefficients, divisor: 2.5)
      loss = tape.crossEntropy(output, targets: targets).reduce(0, +) / 2.5
    } else {
      // loss = Σ output · r, through a linear operation per row so that the tape starts from it.
      let r = context.matrix(output.value.rows, output.value.columns)
      for i in 0..<r.count { r.pointer[i] = Self.random(i, stream: 5) }
      loss = zip(output.value.values, r.values).map(*).reduce(0, +)
      output.seed(r)
    }
    tape.backward()
    return (loss, input.gradient?.values ?? [], tape.recorded)
  }

  static func random(_ index: Int, stream: Int) -> Double {
    CounterGenerator(seed: 3, fold: stream, purpose: .syntheticData).normal(index)
  }

  @discardableResult
  func run(scalingGradientsBy factor: Double = 1) throws -> Set<TapeOperation> {
    var layout: [Parameter] = []
    var offset = 0
    for (index, shape) in parameters.enumerated() {
      layout.append(
        Parameter(
          name: "p\(index)", rows: shape.rows, columns: shape.columns, offset: offset,
          gradientOffset: offset))
      offset += shape.rows * shape.columns
    }
    let weights = Buffer<Double>(count: offset)
    for i in 0..<offset { weights.pointer[i] = Self.random(i, stream: 1) }
    var x = (0..<samples * positions * columns).map { Self.random($0, stream: 2) }
    let gradients = NodeGradients<CPUBackend<Double>>(count: offset)
    // One pool for all evaluations: starting threads would take longer than they do.
    let context = CPUBackend<Double>(threads: 2)
    let result = evaluate(x, weights, layout, gradients, context)
    XCTAssertEqual(gradients.nodes.count, 1)

    func compare(_ found: Double, _ at: (Double) -> Double, _ what: String) throws {
      let step = 1e-6
      let expected = (at(step) - at(-step)) / (2 * step)
      guard found.isFinite, abs(found * factor - expected) <= 2e-7 + 2e-6 * abs(expected) else {
        throw Failure(description: "\(name), \(what): \(found) instead of \(expected)")
      }
    }
    for i in x.indices {
      let start = x[i]
      try compare(
        result.input[i],
        {
          x[i] = start + $0
          return evaluate(x, weights, layout, nil, context).loss
        }, "input \(i)")
      x[i] = start
    }
    for i in 0..<offset {
      let start = weights.pointer[i]
      try compare(
        gradients.nodes[0].pointer[i],
        {
          weights.pointer[i] = start + $0
          return evaluate(x, weights, layout, nil, context).loss
        }, "parameter element \(i)")
      weights.pointer[i] = start
    }
    return result.recorded
  }
}
