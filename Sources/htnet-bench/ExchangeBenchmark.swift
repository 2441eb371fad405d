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
      all-gather of weights on their own, MPI_Allreduce of as many bytes, and steps one after \
      another, whose exchange overlaps the backward pass and the next step's forward pass. What a \
      step still waits for is what was not hidden: for gradients, the wait of the rank that comes \
      last, since the others wait for its computing too (reported apart); for weights, that of the \
      rank that waits longest.
        mpirun -n 2 htnet-bench exchange
      """)

  @Option(name: .long, help: "Channels of the first level.") var dim = 256
  @Option(name: .long, help: "Clips of a batch.") var batch = 256
  @Option(name: .long, help: "training.gradient_shards.") var shards = 4
  @Option(name: .long, help: "Threads of a rank; default: its share of the cores.")
  var threads: Int?
  @Option(name: .long, help: "Rounds that are measured.") var rounds = 5
  @Option(name: .long, help: "Steps of a round.") var steps = 2
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
    var alone = (gradients: [Double](), weights: [Double]())
    var allReduce: [Double] = []
    var stepSeconds: [Double] = []
    // Of each step, in nanoseconds: for gradients, for weights.
    var waits: [Int] = []
    var sent = 0
    for round in 0...max(rounds, 1) {
      try world.barrier()
      let before = group.bytesSent
      let sum = try Measurement.seconds {
        try group.beginReduceScatter([gradient], count: count)
        try group.finishReduceScatter()
        try world.barrier()
      }
      let handOut = try Measurement.seconds {
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
      // The first of those that are timed waits for this one's weights.
      try trainer.step(Array(0..<batch), epoch: 0)
      var stepWaits: [Int] = []
      let seconds = try Measurement.seconds {
        for _ in 0..<max(steps, 1) {
          clock.reset()
          try trainer.step(Array(0..<batch), epoch: 0)
          stepWaits += [WorkKind.exchange, .handOut].map { Int(1e9 * (clock.seconds[$0] ?? 0)) }
        }
      }
      try trainer.finishHandOut()
      if round == 0 { continue }
      alone.gradients.append(sum)
      alone.weights.append(handOut)
      allReduce.append(reduce)
      stepSeconds.append(seconds / Double(max(steps, 1)))
      waits += stepWaits
    }
    let everyones = try world.allGather(waits).map { $0.map { 1e-9 * Double($0) } }
    if world.rank == 0 {
      let bytes = 2 * Double(world.size - 1) / Double(world.size) * Double(count) * 4
      let (sum, handOut) = (Measurement.median(alone.gradients), Measurement.median(alone.weights))
      let time = sum + handOut
      let ofSteps = stride(from: 0, to: waits.count, by: 2).map { step in
        (gradients: everyones.map { $0[step] }, weights: everyones.map { $0[step + 1] })
      }
      let sumWait = Measurement.median(ofSteps.map { $0.gradients.min() ?? .nan })
      let slowness = Measurement.median(
        ofSteps.map { ($0.gradients.max() ?? .nan) - ($0.gradients.min() ?? .nan) })
      let handOutWait = Measurement.median(ofSteps.map { $0.weights.max() ?? .nan })
      func hidden(_ seconds: Double, of time: Double) -> Double { max(0, 1 - seconds / time) }
      var figures = Measurement.machine(context.products, threads: threads)
      figures.merge([
        "ranks": world.size, "elements": count, "bytes_sent": sent,
        "bytes_of_a_ring": bytes, "bytes_ratio": Double(sent) / bytes,
        "exchange_seconds": time, "exchange_gigabytes_per_second": bytes * 1e-9 / time,
        "gradients_seconds": sum, "weights_seconds": handOut,
        "allreduce_seconds": Measurement.median(allReduce),
        "allreduce_gigabytes_per_second": bytes * 1e-9 / Measurement.median(allReduce),
        "step_seconds": Measurement.median(stepSeconds),
        "step_waits_for_gradients": sumWait, "step_waits_for_weights": handOutWait,
        "step_waits_for_slower_ranks": slowness,
        "hidden_gradients": hidden(sumWait, of: sum),
        "hidden_weights": hidden(handOutWait, of: handOut),
        "hidden_share": hidden(sumWait + handOutWait, of: time),
      ]) { $1 }
      try Measurement.show(figures, json: json)
    }
    try environment.finalize()
  }
}
