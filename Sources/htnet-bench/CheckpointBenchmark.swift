import ArgumentParser
import Checkpointing
import Collectives
import Datasets
import Foundation
import HTNetModel
import Job
import Kernels
import Matrices
import NeuralNetwork
import Tasks
import Training

struct CheckpointBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Measures copying, compressing, writing and loading a fold's state.",
    discussion: """
      Trains the paper's model for some epochs (on --data, or on random images), then writes its state \
      in full and, an epoch later, as a difference; loads it; and times steps with and without a \
      checkpoint being written beside them.
      """)

  @Option(name: .long, help: "Channels of the first level.") var dim = 256
  @Option(name: .long, help: "Clips of a batch.") var batch = 256
  @Option(name: .long, help: "The release's directory; without it, images are random.")
  var data: String?
  @Option(name: .long, help: "Epochs before the first checkpoint.") var epochs = 2
  @Option(name: .long, help: "Epochs from the full checkpoint to the difference.") var distance = 1
  @Option(name: .long, help: "zstd's level.") var level = 1
  @Option(name: .long, help: "Threads; default: all cores.") var threads: Int?
  @Option(name: .long, help: "Where the files go meanwhile; default: the temporary directory.")
  var directory = NSTemporaryDirectory()
  @Flag(name: .long, help: "Leave the steps beside a checkpoint out.") var filesOnly = false
  @Flag(name: .long, help: "Print JSON.") var json = false

  private static let identity = CheckpointIdentity(
    task: TaskKey(split: "benchmark"), configurationSHA256: "", dataSHA256: "", model: "{}",
    cpu: "",
    kernel: "")

  func run() throws {
    let threads = threads ?? MachineFacts.cores
    let kernel = try ProductKernel.best(.float32)
    let trainer = try trainer(CPUBackend<Float>(threads: threads, products: kernel))
    let store = CheckpointStore(directory + "/htnet-bench-\(getpid())")
    try store.prepare()
    defer { store.removeAll() }
    var figures = Measurement.machine(kernel, threads: threads)
    figures.merge([
      "dim": dim, "epochs": epochs, "level": level,
      "parameters": trainer.model.layout.weightCount,
    ]) { $1 }
    try train(trainer, epochs: epochs)
    let full = try saveAndLoad(trainer, store, threads, &figures)
    try train(trainer, epochs: distance)
    try saveDifference(trainer, to: full, store, threads, &figures)
    if !filesOnly { try slowdown(trainer, store, threads, &figures) }
    figures["peak_memory_bytes"] = Measurement.peakMemory
    try Measurement.show(figures, json: json)
  }

  private func trainer(_ context: CPUBackend<Float>) throws -> FoldTrainer {
    var configuration = HTNetConfiguration()
    configuration.dim = dim
    let model = try HTNet(configuration)
    var training = TrainingConfiguration()
    training.batchSize = batch
    training.epochs = 1_000_000
    var fold = TrainingFold(random: 2 * batch, InputShape(configuration))
    if let data {
      var source = DataConfiguration()
      source.path = data
      let dataset = try Dataset.load(source, InputShape(configuration))
      fold = TrainingFold(try Splits(dataset).folds[0], of: dataset)
    }
    return FoldTrainer(
      model: model, configuration: training, fold: fold,
      group: ReductionGroup(nil, shards: training.gradientShards), context: context)
  }

  private func train(_ trainer: FoldTrainer, epochs: Int) throws {
    var ended = 0
    _ = try trainer.run(
      logitsOfEveryEpoch: false,
      afterStep: {
        if $0.endsEpoch { ended += 1 }
        return ended == epochs ? .stop : .goOn
      })
  }

  private func snapshot(
    _ trainer: FoldTrainer, _ generation: Int, base: Int? = nil, into buffer: PlaneBuffer
  ) -> CheckpointContent {
    StateSnapshot(
      identity: Self.identity, generation: generation, base: base, part: 0, parts: 1,
      elements: 0..<trainer.model.layout.gradientCount
    ).take(trainer, into: buffer)
  }

  private func bytes(_ content: CheckpointContent) -> Int {
    content.planes.reduce(0) { $0 + BytePlanes.count * $1.count }
  }

  /// - Returns: The planes of what was written.
  private func saveAndLoad(
    _ trainer: FoldTrainer, _ store: CheckpointStore, _ threads: Int,
    _ figures: inout [String: Any]
  ) throws -> PlaneBuffer {
    let buffer = PlaneBuffer()
    figures["first_copy_seconds"] = Measurement.seconds {
      _ = snapshot(trainer, 0, into: buffer)
    }
    var copies: [Double] = []
    var compression: [Double] = []
    var writing: [Double] = []
    var saves: [Double] = []
    var loads: [Double] = []
    var written = (bytes: 0, sha256: "")
    let path = store.partPath(generation: 0, part: 0, of: 1)
    let progress = trainer.progress
    let layout = trainer.model.layout
    let target = Weights<Float>(layout)
    let moments = (
      Buffer<Float>(count: layout.gradientCount), Buffer<Float>(count: layout.gradientCount)
    )
    for _ in 0..<3 {
      copies.append(Measurement.seconds { _ = snapshot(trainer, 0, into: buffer) })
      let content = snapshot(trainer, 0, into: buffer)
      // CPU time, which other programs on the machine do not lengthen.
      let before = Measurement.cpuSeconds
      written = try content.write(to: path, level: level, threads: 1)
      // What the kernel does is copying to the page cache.
      let after = Measurement.cpuSeconds
      compression.append(after.user - before.user)
      writing.append(after.system - before.system)
      saves.append(
        try Measurement.seconds {
          written = try content.write(to: path, level: level, threads: threads)
        })
      let generation = CheckpointManifest.Generation(
        number: 0, time: "", steps: progress.steps, epoch: progress.epoch, batch: progress.batch,
        base: nil, cpu: "", kernel: "",
        parts: [
          .init(
            file: CheckpointStore.fileName(generation: 0, part: 0, of: 1), bytes: written.bytes,
            sha256: written.sha256, elements: 0..<layout.gradientCount)
        ])
      let manifest = CheckpointManifest(
        task: TaskKey(split: "benchmark"), configurationSHA256: "", dataSHA256: "",
        generations: [generation])
      loads.append(
        try Measurement.seconds {
          let reader = try CheckpointReader(
            generation, of: manifest, in: store, layout: layout, threads: threads)
          try reader.readWeights(into: target)
          try reader.readMoments(
            0..<layout.gradientCount, first: moments.0.pointer, second: moments.1.pointer)
        })
    }
    let size = Double(bytes(snapshot(trainer, 0, into: buffer)))
    figures.merge([
      "state_bytes": Int(size), "full_bytes": written.bytes,
      "full_ratio": size / Double(written.bytes), "copy_seconds": Measurement.median(copies),
      "compress_and_hash_cpu_seconds": Measurement.median(compression),
      "write_cpu_seconds": Measurement.median(writing),
      "gigabytes_compressed_and_hashed_per_cpu_second":
        size * 1e-9 / Measurement.median(compression),
      "save_seconds": Measurement.median(saves), "load_seconds": Measurement.median(loads),
      "load_is_right": target.sha256 == trainer.weights.sha256,
    ]) { $1 }
    return buffer
  }

  private func saveDifference(
    _ trainer: FoldTrainer, to base: PlaneBuffer, _ store: CheckpointStore, _ threads: Int,
    _ figures: inout [String: Any]
  ) throws {
    let content = snapshot(trainer, 1, base: 0, into: PlaneBuffer())
    var written = 0
    figures["difference_save_seconds"] = try Measurement.seconds {
      content.subtract(base, threads: threads)
      written = try content.write(
        to: store.partPath(generation: 1, part: 0, of: 1), level: level, threads: threads
      ).bytes
    }
    figures["difference_epochs"] = distance
    figures["difference_bytes"] = written
    figures["difference_ratio"] = Double(bytes(content)) / Double(written)
  }

  /// What a checkpoint costs the steps beside it, against steps without one, measured in turn.
  private func slowdown(
    _ trainer: FoldTrainer, _ store: CheckpointStore, _ threads: Int,
    _ figures: inout [String: Any]
  ) throws {
    var configuration = CheckpointConfiguration()
    configuration.everySeconds = 0
    configuration.compressionLevel = level
    let memory = CheckpointMemory()
    var plain: [Double] = []
    var extra: [Double] = []
    // The first one allocates the memory and is not counted.
    for turn in 0..<4 {
      var last = DispatchTime.now().uptimeNanoseconds
      func seconds() -> Double {
        let now = DispatchTime.now().uptimeNanoseconds
        defer { last = now }
        return Double(now - last) * 1e-9
      }
      var steps = 0
      _ = try trainer.run(
        logitsOfEveryEpoch: false,
        afterStep: { _ in
          plain.append(seconds())
          steps += 1
          return steps == 4 ? .stop : .goOn
        })
      let checkpointer = FoldCheckpointer(
        trainer, store: store, identity: Self.identity, configuration: configuration,
        memory: memory, communicator: nil, warn: Measurement.warn)
      var beside: [Double] = []
      var isTaken = false
      last = DispatchTime.now().uptimeNanoseconds
      _ = try trainer.run(
        logitsOfEveryEpoch: false, note: { checkpointer.note(stops: false) },
        afterStep: {
          if isTaken && !checkpointer.isBusy { return .stop }
          let decision = try checkpointer.afterStep($0.notes)
          isTaken = true
          beside.append(seconds())
          return decision
        })
      try checkpointer.finish()
      if turn > 0 {
        extra.append(beside.reduce(0, +) - Double(beside.count) * Measurement.median(plain))
      }
    }
    let compression = figures["compress_and_hash_cpu_seconds"] as? Double ?? .nan
    let cost = Measurement.median(extra)
    figures.merge([
      "seconds_per_step": Measurement.median(plain), "extra_seconds_a_checkpoint": cost,
      "slowdown_percent_every_300_s": cost / 3,
      "compression_share_percent_every_300_s": compression / Double(threads) / 3,
      "slowdown_beyond_share_percent": (cost - compression / Double(threads)) / 3,
    ]) { $1 }
  }
}
