import ArgumentParser
import Autograd
import Compute
import Job
import Kernels
import Matrices
import NeuralNetwork
import Random

struct OperationsBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operations",
    abstract: "Times each operation of the step, forward and backward.",
    discussion: """
      On [rows, columns] of random values, in milliseconds; products are in `products`. Where the \
      next bottleneck is, shows as rows times columns over time.
      """)

  @Option(name: .long, help: "Tokens; a multiple of 16.") var rows = 4096
  @Option(name: .long, help: "Channels; a multiple of 12.") var columns = 1020
  @Option(name: .long, help: "Threads; default: all cores.") var threads: Int?
  @Option(name: .long, help: "Rounds that are measured.") var rounds = 5
  @Flag(name: .long, help: "Print JSON.") var json = false

  func validate() throws {
    guard rows > 0, rows % 16 == 0 else { throw ValidationError("--rows is a multiple of 16") }
    guard columns > 0, columns % 12 == 0 else {
      throw ValidationError("--columns is a multiple of 12")
    }
  }

  func run() throws {
    let threads = threads ?? MachineFacts.cores
    let context = CPUBackend<Float>(threads: threads)
    let samples = rows / 16
    let shards = BatchShards(batchSize: samples, shards: 4, owned: 0..<4)
    var layout = ParameterLayout()
    let norm = ChannelNorm("norm", channels: columns, in: &layout)
    let places = layout.add("places", shape: [4], rows: 1, initialValues: .normal)
    let weights = Weights<Float>(layout)
    weights.initialize(CounterGenerator(seed: 1, purpose: .initialWeights))
    let gradients = NodeGradients<CPUBackend<Float>>(count: layout.gradientCount)
    let map = FeatureMap(side: 4, blocks: 2)
    let dropout = DropoutKey(
      generator: CounterGenerator(seed: 1, purpose: .dropout), layer: 1, probability: 0.1)
    typealias Body = (Tape<CPUBackend<Float>>, Variable<CPUBackend<Float>>) -> Variable<
      CPUBackend<Float>
    >
    let operations: [(String, Body)] = [
      ("norm", { norm($1, on: $0) }), ("gelu", { $0.gelu($1) }), ("add", { $0.add($1, $1) }),
      ("addPositions", { $0.addPositions($1, places, map: map) }),
      ("attention", { $0.attention($1, map: map, heads: 4) }),
      ("maxPool", { $0.maxPool($1, side: 4) }), ("mean", { $0.mean($1, positions: 16) }),
      ("dropout", { $0.dropout($1, dropout) }),
    ]
    let values = context.matrix(rows, columns)
    let generator = CounterGenerator(seed: 2, purpose: .syntheticData)
    generator.fillUniform(values.pointer, 0..<values.count, lane: 0, bound: 1)
    var figures = Measurement.machine(context.products, threads: threads)
    figures["rows"] = rows
    figures["columns"] = columns
    for (name, body) in operations {
      var forward: [Double] = []
      var backward: [Double] = []
      for round in 0...max(rounds, 1) {
        let tape = Tape(context, shards: shards, weights: weights.buffer, gradients: gradients)
        let input = tape.input(values, needsGradient: true)
        var output = input
        let there = Measurement.seconds { output = body(tape, input) }
        let seed = context.matrix(output.value.rows, output.value.columns)
        seed.fill(1)
        output.seed(seed)
        let back = Measurement.seconds { tape.backward() }
        if round > 0 {
          forward.append(there)
          backward.append(back)
        }
      }
      figures["milliseconds_" + name] = [
        "forward": 1e3 * Measurement.median(forward),
        "backward": 1e3 * Measurement.median(backward),
      ]
    }
    figures["milliseconds_adam_million"] = 1e3 * adam(context)
    try Measurement.show(figures, json: json)
  }

  /// Seconds of an update of a million weights, out of a large model.
  private func adam(_ context: CPUBackend<Float>) -> Double {
    var layout = ParameterLayout()
    let count = 32 << 20
    _ = layout.add("weights", shape: [count], rows: 1, initialValues: .constant(0))
    let weights = Weights<Float>(layout)
    let gradient = Buffer<Float>(count: count)
    let adam = Adam<CPUBackend<Float>>(
      learningRate: 1e-3, layout: layout, owned: 0..<count, context)
    let seconds = (0...max(rounds, 1)).map { _ in
      Measurement.seconds {
        adam.step(context, weights: weights.buffer, gradient: gradient)
      }
    }
    return Measurement.median(Array(seconds.dropFirst())) / Double(count) * 1e6
  }
}
