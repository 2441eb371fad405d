import ArgumentParser
import Compute
import HTNetModel
import Job
import Kernels
import Matrices

struct ProductsBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "products",
    abstract: "Times the matrix products of the model's layers, kernel against kernel.",
    discussion: """
      GFLOP/s of each distinct layer shape, for y = x · Wᵀ, dx = dy · W and dW = dyᵀ · x, by \
      OpenBLAS and by the engine's kernels, in turn.
      """)

  @Option(name: .long, help: "Channels of the first level.") var dim = 256
  @Option(name: .long, help: "Clips of a batch.") var batch = 256
  @Option(name: .long, help: "training.gradient_shards.") var shards = 4
  @Option(name: .long, help: "Threads; default: all cores.") var threads: Int?
  @Option(name: .long, help: "Rounds that are measured.") var rounds = 5
  @Flag(name: .long, help: "Print JSON.") var json = false

  func run() throws {
    var configuration = HTNetConfiguration()
    configuration.dim = dim
    try configuration.validate()
    let threads = threads ?? MachineFacts.cores
    var kernels: [(name: String, kernel: ProductKernel)] = [("openblas", .openBLAS)]
    if ProductKernel.best != .openBLAS { kernels.append(("packed", ProductKernel.best)) }
    if let bf16 = try? ProductKernel.best(.bf16) { kernels.append(("bf16", bf16)) }
    let contexts = kernels.map {
      CPUBackend<Float>(threads: threads, products: $0.kernel)
    }
    var figures = Measurement.machine(ProductKernel.best, threads: threads)
    var seen: Set<String> = []
    for layer in NecessaryProducts(configuration, batch: batch).layers {
      let shape = "\(layer.rows)x\(layer.outputs)x\(layer.inputs)"
      guard seen.insert(shape).inserted else { continue }
      var rates: [String: Any] = [:]
      for (name, seconds) in times(layer, kernels.map(\.name), contexts) {
        let operations = 2e-9 * Double(layer.rows * layer.outputs * layer.inputs)
        rates[name] = operations / seconds
      }
      figures["gflops_" + shape] = rates
    }
    try Measurement.show(figures, json: json)
  }

  /// Seconds of each kind of product by each kernel.
  private func times(
    _ layer: NecessaryProducts.Layer, _ names: [String], _ contexts: [CPUBackend<Float>]
  ) -> [(String, Double)] {
    let batchShards = BatchShards(batchSize: batch, shards: shards, owned: 0..<shards)
    let weights = Buffer<Float>(count: layer.outputs * layer.inputs)
    let gradient = Buffer<Float>(count: layer.outputs * layer.inputs)
    for i in 0..<weights.count { weights.pointer[i] = Float(i % 1009) * 1e-3 - 0.5 }
    var seconds: [String: [Double]] = [:]
    for round in 0...max(rounds, 1) {
      for (name, context) in zip(names, contexts) {
        let x = context.matrix(layer.rows, layer.inputs)
        let y = context.matrix(layer.rows, layer.outputs)
        x.fill(0.5)
        y.fill(0.25)
        let runs: [(String, () -> Void)] = [
          (
            "y",
            {
              context.linear(
                batchShards, x, weights: FlatSlice(weights, offset: 0), bias: nil, residual: nil,
                into: y)
            }
          ),
          (
            "dx",
            {
              context.linearInputGradient(
                batchShards, dy: y, weights: FlatSlice(weights, offset: 0), into: x, adds: false)
            }
          ),
          (
            "dW",
            {
              context.linearWeightGradient(
                batchShards, dy: y, x: x, into: [FlatSlice(gradient, offset: 0)])
            }
          ),
        ]
        for (kind, run) in runs {
          let time = Measurement.seconds(run)
          if round > 0 { seconds["\(name)_\(kind)", default: []].append(time) }
        }
      }
    }
    return seconds.map { ($0.key, Measurement.median($0.value)) }
  }
}
