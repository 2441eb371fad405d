import Autograd
import Compute
import HTNetModel
import Kernels
import Matrices
import NeuralNetwork
import Random
import XCTest

/// The engine asks any machine the same, and the CPU answers as the definitions do.
final class BackendTests: XCTestCase {
  private struct Pass {
    let logits: [Double]
    let losses: [Double]
    let nodes: [[Double]]
    let updated: [Double]
  }

  private func configuration(_ levels: Int, map: Int, heads: Int, dropout: Double)
    -> HTNetConfiguration
  {
    var configuration = HTNetConfiguration()
    configuration.hierarchies = levels
    configuration.patchSize = 2
    configuration.imageSize = 2 * map
    configuration.dim = 4
    configuration.heads = heads
    configuration.blockRepeats = Array([1, 2, 1].prefix(levels))
    configuration.mlpMultiple = 2
    configuration.dropout = dropout
    return configuration
  }

  /// A step: forward, backward, and updates of AdamW and of a moving average by the first node's
  /// gradient.
  ///
  /// - Parameters:
  ///   - soft: Whether the loss is of soft targets.
  ///   - images: Makes the input [samples, pixels] of values.
  ///   - read: The values of a matrix, and of a flat run.
  private func pass<Backend: ComputeBackend>(
    _ backend: Backend, _ model: HTNet, weights: Backend.Flat, owned: Range<Int>,
    soft: Bool, images: (_ rows: Int, _ values: [Double]) -> Backend.Matrix,
    read: (matrix: (Backend.Matrix) -> [Double], flat: (Backend.Flat) -> [Double])
  ) throws -> (pass: Pass, recorded: Set<TapeOperation>) {
    let shards = BatchShards(batchSize: 5, shards: 4, owned: owned)
    let side = model.configuration.imageSize
    let pixels = 3 * side * side
    let generator = CounterGenerator(seed: 4, purpose: .syntheticData)
    let values = shards.samples.flatMap { sample in
      (0..<pixels).map { 255 * generator.uniform(sample * pixels + $0) }
    }
    let gradients = NodeGradients<Backend>(count: model.layout.gradientCount)
    let tape = Tape(backend, shards: shards, weights: weights, gradients: gradients)
    let logits = model(
      images(shards.samples.count, values),
      dropout: CounterGenerator(seed: 8, fold: 2, epoch: 5, purpose: .dropout), on: tape)
    let targets = SoftTargets(
      coefficients: shards.samples.map { [0.1, 0.3 * Double($0), 0.7] }, divisor: 4.5)
    let losses =
      soft
      ? tape.crossEntropy(logits, targets: targets)
      : tape.crossEntropy(logits, labels: shards.samples.map { $0 % 3 })
    let output = read.matrix(logits.value)
    tape.backward()
    let nodes = gradients.nodes.map(read.flat)
    let all = 0..<model.layout.gradientCount
    let adam = Adam(
      learningRate: 0.01, decay: WeightDecay(rate: 0.2, spared: [.norms]), layout: model.layout,
      owned: all, backend)
    let average = WeightAverage(decay: 0.7, layout: model.layout, owned: all, backend)
    average.reset(backend, weights: weights)
    for _ in 0..<2 {
      adam.step(backend, weights: weights, gradient: gradients.nodes[0])
      average.update(backend, weights: weights)
    }
    return (
      Pass(
        logits: output, losses: losses, nodes: nodes,
        updated: read.flat(weights) + read.flat(average.values)),
      tape.recorded
    )
  }

  private func assertNear(_ a: [Double], _ b: [Double], _ what: String) {
    XCTAssertEqual(a.count, b.count, what)
    for (index, pair) in zip(a, b).enumerated()
    where abs(pair.0 - pair.1) > 1e-9 * max(1, abs(pair.1)) {
      return XCTFail("\(what), element \(index): \(pair.0) and \(pair.1)")
    }
  }

  func testTheCPUComputesWhatTheDefinitionsSay() throws {
    var recorded: Set<TapeOperation> = []
    for (levels, map, heads, dropout) in [
      (1, 4, 2, 0.0), (2, 4, 1, 0.25), (3, 4, 3, 0.2), (3, 8, 2, 0.3),
    ] {
      let model = try HTNet(configuration(levels, map: map, heads: heads, dropout: dropout))
      let start = Weights<Double>(model.layout)
      start.initialize(CounterGenerator(seed: 6, purpose: .initialWeights))
      for owned in [0..<4, 1..<4] {
        let plain = try pass(
          PlainBackend(), model, weights: PlainFlat(start.buffer.values), owned: owned,
          soft: heads == 2,
          images: { rows, values in
            let matrix = PlainMatrix(rows, values.count / max(rows, 1))
            matrix.values = values
            return matrix
          }, read: ({ $0.values }, { $0.values }))
        let cpu = CPUBackend<Double>(threads: 2)
        let mine = try pass(
          cpu, model, weights: Buffer(start.buffer.values), owned: owned,
          soft: heads == 2,
          images: { rows, values in
            let matrix = cpu.matrix(rows, values.count / max(rows, 1))
            matrix.set(values)
            return matrix
          }, read: ({ $0.values }, { $0.values }))
        let what = "\(levels) levels, shards \(owned)"
        assertNear(mine.pass.logits, plain.pass.logits, "logits of " + what)
        assertNear(mine.pass.losses, plain.pass.losses, "losses of " + what)
        XCTAssertEqual(mine.pass.nodes.count, plain.pass.nodes.count)
        for (a, b) in zip(mine.pass.nodes, plain.pass.nodes) {
          assertNear(a, b, "a node's gradient of " + what)
        }
        assertNear(mine.pass.updated, plain.pass.updated, "weights of " + what)
        XCTAssertEqual(mine.recorded, plain.recorded)
        recorded.formUnion(mine.recorded)
      }
    }
    XCTAssertEqual(recorded, Set(TapeOperation.allCases), "an operation was not compared")
  }
}
