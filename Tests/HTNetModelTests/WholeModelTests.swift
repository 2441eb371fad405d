import Autograd
import Compute
import HTNetModel
import Kernels
import Matrices
import NeuralNetwork
import Random
import TestSupport
import XCTest

/// The whole model: its gradient against differences, and its independence of ranks and threads.
final class WholeModelTests: XCTestCase {
  private static func configuration(
    _ hierarchies: Int, map: Int, dim: Int, heads: Int, dropout: Double
  ) -> HTNetConfiguration {
    var configuration = HTNetConfiguration()
    configuration.hierarchies = hierarchies
    configuration.patchSize = 2
    configuration.imageSize = 2 * map
    configuration.dim = dim
    configuration.heads = heads
    configuration.blockRepeats = Array([1, 2, 1].prefix(hierarchies))
    configuration.mlpMultiple = 2
    configuration.dropout = dropout
    return configuration
  }

  /// One to three levels, blocks of 1, 4 and 16 tokens, heads that do not fill the channels.
  private static let shapes = [
    configuration(1, map: 1, dim: 5, heads: 2, dropout: 0),
    configuration(1, map: 2, dim: 6, heads: 2, dropout: 0.3),
    configuration(1, map: 4, dim: 4, heads: 1, dropout: 0.2),
    configuration(2, map: 2, dim: 5, heads: 2, dropout: 0.3),
    configuration(2, map: 4, dim: 6, heads: 3, dropout: 0),
    configuration(2, map: 4, dim: 4, heads: 2, dropout: 0.25),
    configuration(3, map: 4, dim: 4, heads: 3, dropout: 0),
    configuration(3, map: 4, dim: 4, heads: 1, dropout: 0.2),
    configuration(3, map: 8, dim: 3, heads: 1, dropout: 0.2),
  ]

  private static let dropout = CounterGenerator(seed: 8, fold: 2, epoch: 5, purpose: .dropout)
  private static let batch = 5

  private struct Pass<Scalar: TensorScalar> {
    let logits: [Scalar]
    let loss: Double
    let nodes: [[Scalar]]
  }

  /// Forward and backward over the shards `owned` of four.
  private func pass<Scalar: TensorScalar>(
    _ model: HTNet, _ weights: Weights<Scalar>, owned: Range<Int> = 0..<4, threads: Int = 1,
    products: ProductKernel = .best
  ) -> Pass<Scalar> {
    let context = CPUBackend<Scalar>(threads: threads, products: products)
    let shards = BatchShards(batchSize: Self.batch, shards: 4, owned: owned)
    let gradients = NodeGradients<CPUBackend<Scalar>>(count: model.layout.gradientCount)
    let tape = Tape(context, shards: shards, weights: weights.buffer, gradients: gradients)
    let pixels = 3 * model.configuration.imageSize * model.configuration.imageSize
    let images = context.matrix(shards.samples.count, pixels)
    let generator = CounterGenerator(seed: 4, purpose: .syntheticData)
    for (row, sample) in shards.samples.enumerated() {
      for i in 0..<pixels {
        images.row(row)[i] = Scalar(255 * generator.uniform(sample * pixels + i))
      }
    }
    let logits = model(images, dropout: Self.dropout, on: tape)
    let losses = tape.crossEntropy(logits, labels: shards.samples.map { $0 % 3 })
    let values = logits.value.values
    tape.backward()
    return Pass(
      logits: values, loss: losses.reduce(0, +) / Double(Self.batch),
      nodes: gradients.nodes.map {
        Array(UnsafeBufferPointer(start: $0.pointer, count: $0.count))
      })
  }

  func testTheGradientOfTheWholeModel() throws {
    var random = SeededGenerator(seed: 32)
    for configuration in Self.shapes {
      let model = try HTNet(configuration)
      let weights = Weights<Double>(model.layout)
      weights.initialize(CounterGenerator(seed: 6, purpose: .initialWeights))
      let gradient = pass(model, weights).nodes[0]
      let largest = gradient.map(abs).max()!
      var moved = 0
      for parameter in model.layout.trained {
        for _ in 0..<3 {
          let element = Int.random(in: 0..<parameter.count, using: &random)
          let place = weights.pointer + parameter.offset + element
          let (start, step) = (place.pointee, 1e-5)
          place.pointee = start + step
          let above = pass(model, weights).loss
          place.pointee = start - step
          let below = pass(model, weights).loss
          place.pointee = start
          let expected = (above - below) / (2 * step)
          let found = gradient[parameter.gradientOffset! + element]
          XCTAssertEqual(
            found, expected, accuracy: 1e-6 * largest + 1e-5 * abs(expected),
            "\(parameter.name)[\(element)] of \(configuration)")
          if abs(expected) > 1e-5 * largest { moved += 1 }
        }
      }
      XCTAssertGreaterThan(moved, model.layout.trained.count, "nearly no parameter has a gradient")
    }
  }

  func testDeadQueriesAndKeysNeverReachTheLoss() throws {
    let model = try HTNet(Self.shapes[6])
    let weights = Weights<Float>(model.layout)
    weights.initialize(CounterGenerator(seed: 6, purpose: .initialWeights))
    let before = pass(model, weights)
    let dead = model.layout.tensors.filter { $0.deadCount > 0 }
    XCTAssertEqual(dead.count, 4)
    for tensor in dead {
      XCTAssertTrue(tensor.name.hasSuffix("to_qkv.weight"))
      for i in 0..<tensor.deadCount { weights.pointer[tensor.offset + i] = 1e6 }
    }
    XCTAssertEqual(pass(model, weights).logits, before.logits)
    let longer = try HTNet(Self.shapes[4])
    XCTAssertTrue(longer.layout.tensors.allSatisfy { $0.deadCount == 0 })
  }

  func testOwnersOfShardsAndThreadsNeverChangeABit() throws {
    var kernels = [ProductKernel.best, .openBLAS]
    if let bf16 = try? ProductKernel.best(.bf16) { kernels.append(bf16) }
    for kernel in kernels {
      for configuration in Self.shapes { try checkOwners(configuration, kernel) }
    }
  }

  private func checkOwners(_ configuration: HTNetConfiguration, _ kernel: ProductKernel) throws {
    let model = try HTNet(configuration)
    let weights = Weights<Float>(model.layout)
    weights.initialize(CounterGenerator(seed: 7, purpose: .initialWeights))
    let whole = pass(model, weights, products: kernel)
    XCTAssertEqual(whole.nodes.count, 1)
    let threaded = pass(model, weights, threads: 3, products: kernel)
    XCTAssertEqual(threaded.logits, whole.logits)
    XCTAssertEqual(threaded.nodes, whole.nodes)
    // Dropout's masks follow the sample, so each rank's logits are rows of the whole's.
    for cuts in [[0, 2, 4], [0, 1, 2, 3, 4], [0, 1, 4], [0, 3, 4]] {
      let parts = zip(cuts, cuts.dropFirst()).map {
        pass(model, weights, owned: $0..<$1, threads: 2, products: kernel)
      }
      XCTAssertEqual(
        parts.flatMap(\.logits), whole.logits, "\(kernel), \(configuration), cut at \(cuts)")
      var nodes: [[Float]] = []
      for (start, part) in zip(cuts, parts) {
        let end = cuts[cuts.firstIndex(of: start)! + 1]
        // Nodes of one, two or four shards become single subtrees of the whole.
        XCTAssertEqual(part.nodes.count, BatchShards.nodes(of: start..<end).count)
        nodes += part.nodes
      }
      let total: [Float]
      switch cuts.count == 3 && cuts[1] == 2 ? 2 : nodes.count {
      case 2: total = zip(nodes[0], nodes[1]).map { $0 + $1 }
      case 3 where BatchShards.nodes(of: cuts[0]..<cuts[1]).first == 0..<2:
        total = zip(nodes[0], zip(nodes[1], nodes[2])).map { $0 + ($1.0 + $1.1) }
      case 3: total = zip(zip(nodes[0], nodes[1]), nodes[2]).map { ($0.0 + $0.1) + $1 }
      default:
        total = (0..<whole.nodes[0].count).map {
          (nodes[0][$0] + nodes[1][$0]) + (nodes[2][$0] + nodes[3][$0])
        }
      }
      XCTAssertEqual(total, whole.nodes[0], "\(kernel), \(configuration), cut at \(cuts)")
    }
  }

  func testDropoutDropsItsShareAndDependsOnItsKey() throws {
    var configuration = Self.shapes[3]
    let model = try HTNet(configuration)
    let weights = Weights<Float>(model.layout)
    weights.initialize(CounterGenerator(seed: 7, purpose: .initialWeights))
    let dropped = pass(model, weights).logits
    configuration.dropout = 0
    let undropped = pass(try HTNet(configuration), weights).logits
    XCTAssertNotEqual(dropped, undropped)
    let context = CPUBackend<Float>()
    let tape = Tape(context, shards: BatchShards(whole: 100), weights: weights.buffer)
    let ones = context.matrix(100, 100)
    ones.fill(1)
    func mask(epoch: Int, layer: Int) -> [Float] {
      let key = DropoutKey(
        generator: CounterGenerator(seed: 1, epoch: epoch, purpose: .dropout), layer: layer,
        probability: 0.3)
      return tape.dropout(tape.input(ones), key).value.values
    }
    let first = mask(epoch: 0, layer: 1)
    XCTAssertEqual(Set(first), [0, Float(1 / 0.7)])
    XCTAssertEqual(Double(first.count { $0 == 0 }) / 10_000, 0.3, accuracy: 0.02)
    XCTAssertEqual(mask(epoch: 0, layer: 1), first)
    XCTAssertNotEqual(mask(epoch: 1, layer: 1), first)
    XCTAssertNotEqual(mask(epoch: 0, layer: 2), first)
  }
}
