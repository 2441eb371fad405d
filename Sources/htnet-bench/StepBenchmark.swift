import ArgumentParser
import Collectives
import Datasets
import HTNetModel
import Job
import Kernels
import Threads
import Training

struct StepBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Times whole training steps against their necessary products alone.",
    discussion: """
      Random images, the paper's model unless told otherwise. A step (forward, backward, sum over \
      shards, Adam) and all its necessary products by OpenBLAS are timed in turn.
      """)

  @Option(name: .long, help: "Channels of the first level.") var dim = 256
  @Option(name: .long, help: "Clips of a batch.") var batch = 256
  @Option(name: .long, help: "training.gradient_shards.") var shards = 4
  @Option(name: .long, help: "float32 or bf16.") var precision =
    ProductPrecision.float32
  @Option(name: .long, help: "Threads; default: all cores.") var threads: Int?
  @Option(name: .long, help: "Steps that are measured.") var steps = 5
  @Flag(name: .long, help: "Leave the products alone out.") var stepOnly = false
  @Flag(name: .long, help: "Print JSON.") var json = false

  func run() throws {
    let threads = threads ?? MachineFacts.cores
    let kernel = try ProductKernel.best(precision)
    let context = CPUBackend<Float>(threads: threads, products: kernel)
    var configuration = HTNetConfiguration()
    configuration.dim = dim
    let model = try HTNet(configuration)
    var training = TrainingConfiguration()
    training.batchSize = batch
    training.gradientShards = shards
    let trainer = FoldTrainer(
      model: model, configuration: training,
      fold: TrainingFold(random: batch, InputShape(configuration)),
      group: ReductionGroup(nil, shards: shards), context: context)
    let order = Array(0..<batch)
    let products = NecessaryProducts(configuration, batch: batch)
    let operands = stepOnly ? nil : NecessaryProducts.Operands(products)

    try trainer.step(order, epoch: 0)
    if let operands { products.run(operands, threads: threads) }
    let clock = WorkClock()
    context.clock = clock
    var alone: [Double] = []
    var whole: [Double] = []
    var parts: [WorkKind: [Double]] = [:]
    for _ in 0..<max(steps, 1) {
      if let operands {
        alone.append(Measurement.seconds { products.run(operands, threads: threads) })
      }
      clock.reset()
      let seconds = try Measurement.seconds { try trainer.step(order, epoch: 0) }
      whole.append(seconds)
      for kind in WorkKind.allCases { parts[kind, default: []].append(clock.seconds[kind] ?? 0) }
    }
    let step = Measurement.median(whole)
    var breakdown = [String: Any](
      uniqueKeysWithValues: parts.map { ($0.rawValue, Measurement.median($1)) })
    breakdown["other"] = step - parts.values.reduce(0) { $0 + Measurement.median($1) }
    var figures = Measurement.machine(kernel, threads: threads)
    figures.merge([
      "dim": dim, "batch": batch, "gradient_shards": shards,
      "parameters": model.layout.weightCount, "steps": whole.count, "seconds_per_step": step,
      "samples_per_second": Double(batch) / step, "gflop": products.operations * 1e-9,
      "gflop_without_padding": products.operationsOnTheMap * 1e-9,
      "gflop_per_second": products.operations * 1e-9 / step, "breakdown": breakdown,
      "peak_memory_bytes": Measurement.peakMemory,
    ]) { $1 }
    if !alone.isEmpty {
      figures["products_alone_seconds"] = Measurement.median(alone)
      figures["products_alone_gflop_per_second"] =
        products.operations * 1e-9 / Measurement.median(alone)
      figures["ratio_to_products"] = Measurement.median(zip(whole, alone).map { $0 / $1 })
    }
    try Measurement.show(figures, json: json)
  }
}

extension ProductPrecision: ExpressibleByArgument {}
