import Checkpointing
import Collectives
import Datasets
import HTNetModel
import Kernels
import MPI
import NeuralNetwork
import Random
import Tasks
import Training

/// A fold that trains in milliseconds, with dropout, shuffling, an uneven last batch and weights
/// without a gradient.
enum SmallFold {
  static let epochs = 3
  static let batches = 3

  static let composite: Dataset = {
    let clips = (0..<17).map {
      Clip(dataset: "d", subject: "s\($0 % 4)", name: "c\($0)", label: $0 / 3 % 3)
    }
    let generator = CounterGenerator(seed: 3, fold: 0, purpose: .syntheticData)
    let pixels = (0..<17 * 3 * 64).map { UInt8(generator.uniform($0) * 255) }
    return Dataset(
      clips: clips, classNames: ["a", "b", "c"], channels: 3, side: 8, pixels: .bits8(pixels),
      mirrored: .bits8(pixels.reversed()))
  }()

  /// Every part of the recipe at once, but for the early end.
  static let recipe: (training: TrainingConfiguration, augmentation: AugmentationConfiguration) = {
    var training = TrainingConfiguration()
    training.optimizer = .adamw
    training.weightDecay = 0.1
    training.schedule = .cosine
    training.warmupEpochs = 1
    training.labelSmoothing = 0.1
    training.classWeights = .balanced
    training.clipNorm = 0.5
    training.ema = 0.8
    var augmentation = AugmentationConfiguration()
    augmentation.mirror = 0.5
    augmentation.shift = 2
    augmentation.motion = 0.3
    augmentation.noise = 4
    augmentation.mixup = 0.4
    return (training, augmentation)
  }()

  static let model: HTNet = {
    var configuration = HTNetConfiguration()
    configuration.imageSize = 8
    configuration.patchSize = 4
    configuration.dim = 6
    configuration.heads = 2
    configuration.hierarchies = 2
    configuration.blockRepeats = [1, 1]
    configuration.mlpMultiple = 2
    configuration.dropout = 0.1
    return try! HTNet(configuration)
  }()

  static let identity = CheckpointIdentity(
    task: TaskKey(split: "s1"), configurationSHA256: String(repeating: "c", count: 64),
    dataSHA256: String(repeating: "d", count: 64), model: "{}", cpu: "here", kernel: "this")

  static func trainer(
    _ communicator: Communicator? = nil, seed: UInt64 = 1, epochs: Int = epochs,
    recipe isRecipe: Bool = false, threads: Int = 1
  ) throws -> FoldTrainer {
    var configuration = isRecipe ? recipe.training : TrainingConfiguration()
    configuration.epochs = epochs
    configuration.batchSize = 5
    configuration.learningRate = 5e-3
    configuration.shuffle = true
    configuration.seed = seed
    let fold = try Splits(composite).folds[1]
    return FoldTrainer(
      model: model, configuration: configuration,
      fold: TrainingFold(fold, of: composite, scaling: isRecipe ? .standard : .raw),
      augmentation: isRecipe ? recipe.augmentation : AugmentationConfiguration(),
      regions: .corrected,
      group: ReductionGroup(communicator, shards: configuration.gradientShards),
      context: CPUBackend(threads: threads))
  }

  static func checkpointer(
    _ trainer: FoldTrainer, _ directory: String, _ communicator: Communicator? = nil,
    memory: CheckpointMemory = CheckpointMemory(), everySeconds: Int = 1_000_000,
    delta: Bool = false, keep: Int = 2, warnings: Warnings = Warnings(),
    identity: CheckpointIdentity = identity
  ) -> FoldCheckpointer {
    var configuration = CheckpointConfiguration()
    configuration.everySeconds = everySeconds
    configuration.delta = delta
    configuration.keep = keep
    return FoldCheckpointer(
      trainer, store: CheckpointStore(directory), identity: identity,
      configuration: configuration, memory: memory, communicator: communicator
    ) { warnings.add($0) }
  }

  /// Trains on; `stop` says after how many steps in all the group stops.
  static func run(_ trainer: FoldTrainer, _ checkpointer: FoldCheckpointer, stop: Int? = nil) throws
    -> FoldOutcome?
  {
    try trainer.run(
      logitsOfEveryEpoch: true,
      note: { checkpointer.note(stops: trainer.progress.steps + 1 == stop) },
      afterStep: { try checkpointer.afterStep($0.notes) })
  }

  /// What a fold gives that nobody disturbs.
  static func undisturbed(_ communicator: Communicator? = nil, recipe: Bool = false) throws
    -> FoldOutcome?
  {
    try trainer(communicator, recipe: recipe).run(logitsOfEveryEpoch: true)
  }
}
