import ArgumentParser
import Cluster
import Collectives
import Console
import Datasets
import Foundation
import HTNetModel
import Kernels
import MPI
import Matrices
import Threads
import Training

struct ExchangeBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exchange",
    abstract: "Times the gradient exchange of a group; run it under mpirun.",
    discussion: """
      All ranks form one group. Measured in turn: the reduce-scatter of gradients and the \
      all-gather of weights on their own, MPI_Allreduce of as many bytes, and whole steps, whose \
      exchange overlaps the backward pass. What a step still waits for is what was not hidden.
        mpirun -n 2 htnet-bench exchange
      """)

  @Option(name: .long, help: "Channels of the first level.") var dim = 256
  @Option(name: .long, help: "Clips of a batch.") var batch = 256
  @Option(name: .long, help: "training.gradient_shards.") var shards = 4
  @Option(name: .long, help: "Threads of a rank; default: its share of the cores.")
  var threads: Int?
  @Option(name: .long, help: "Rounds that are measured.") var rounds = 5
  @Flag(name: .long, help: "Print JSON.") var json = false

  func run() throws {
    let environment = try Environment()
    let world = environment.world
    guard world.size <= shards, world.size > 1 else {
      if world.rank == 0 {
        print("htnet-bench exchange needs 2 … \(shards) ranks (--shards), not \(world.size)")
      }
      try environment.finalize()
      throw ExitCode(ExitStatus.badInput)
    }
    let threads = try threads ?? HostCores(environment.onHost).threads
    let context = CPUBackend<Float>(threads: threads)
    var configuration = HTNetConfiguration()
    configuration.dim = dim
    let model = try HTNet(configuration)
    var training = TrainingConfiguration()
    training.batchSize = batch
    training.gradientShards = shards
    let group = ReductionGroup(world, shards: shards)
    let trainer = FoldTrainer(
      model: model, configuration: training,
      fold: TrainingFold(random: batch, InputShape(configuration)), group: group,
      context: context)
    let count = model.layout.gradientCount
    let gradient = Buffer<Float>(count: count)
    let weights = Buffer<Float>(count: model.layout.weightCount)
    let ranges = (0..<world.size).map {
      model.layout.weightRanges(ofGradient: group.ownedElements(of: $0, count: count))
    }
    let clock = WorkClock()
    context.clock = clock
    var alone: [Double] = []
    var allReduce: [Double] = []
    var steps: [Double] = []
    var waited: [Double] = []
    var sent = 0
    for round in 0...max(rounds, 1) {
      try world.barrier()
      let before = group.bytesSent
      let exchange = try Measurement.seconds {
        group.beginReduceScatter([gradient], count: count)
        try group.finishReduceScatter()
        try group.allGatherWeights(weights, ranges: ranges)
        try world.barrier()
      }
      sent = group.bytesSent - before
      let reduce = try Measurement.seconds {
        try world.allReduce(
          MessageMemory(
            UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(start: gradient.pointer, count: count)), of: gradient))
        try world.barrier()
      }
      clock.reset()
      let step = try Measurement.seconds {
        try trainer.step(Array(0..<batch), epoch: 0)
        try world.barrier()
      }
      if round == 0 { continue }
      alone.append(exchange)
      allReduce.append(reduce)
      steps.append(step)
      waited.append(clock.seconds[.exchange] ?? 0)
    }
    if world.rank == 0 {
      let bytes = 2 * Double(world.size - 1) / Double(world.size) * Double(count) * 4
      let time = Measurement.median(alone)
      var figures = Measurement.machine(context.products, threads: threads)
      figures.merge([
        "ranks": world.size, "elements": count, "bytes_sent": sent,
        "bytes_of_a_ring": bytes, "bytes_ratio": Double(sent) / bytes,
        "exchange_seconds": time, "exchange_gigabytes_per_second": bytes * 1e-9 / time,
        "allreduce_seconds": Measurement.median(allReduce),
        "allreduce_gigabytes_per_second": bytes * 1e-9 / Measurement.median(allReduce),
        "step_seconds": Measurement.median(steps),
        "step_waits_for_exchange_seconds": Measurement.median(waited),
        "hidden_share": max(0, 1 - Measurement.median(waited) / time),
      ]) { $1 }
      try Measurement.show(figures, json: json)
    }
    try environment.finalize()
  }
}
