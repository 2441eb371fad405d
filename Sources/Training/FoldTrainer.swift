import Autograd
import Collectives
import Compute
import Datasets
import Foundation
import HTNetModel
import Kernels
import Matrices
import NeuralNetwork
import Random

/// Trains one fold on a group of ranks, each of which runs this same code in step.
///
/// A step: every rank computes the gradients of its shards, the group sums them, all see whether
/// loss and gradient are finite, the owners update their parts, and the parts are handed out while the
/// next step begins.
public final class FoldTrainer {
  /// What a step tells the outside.
  public struct Step: Sendable {
    public let epoch: Int
    public let step: Int
    /// Mean cross-entropy of the batch.
    public let loss: Double
    public let samples: Int
    /// Whether the epoch ends with this step.
    public let endsEpoch: Bool
    /// What each rank of the group told the others, in order of rank.
    public let notes: [StepNote]
  }

  /// Whether training goes on after a step; all ranks of a group must say the same.
  public enum Continuation: Sendable { case goOn, stop }

  public let model: HTNet
  public let configuration: TrainingConfiguration
  public let fold: TrainingFold
  /// In the middle of an epoch the other ranks' part may not be here yet: see `finishHandOut`.
  public let weights: Weights<Float>
  /// What is tested and kept: the weights, or their moving average.
  public var testedWeights: Weights<Float> { averaged ?? weights }
  /// Where the fold stands.
  public internal(set) var progress = FoldProgress()
  let group: ReductionGroup
  let context: CPUBackend<Float>
  let adam: Adam<CPUBackend<Float>>
  /// nil: the weights themselves are tested.
  let average: WeightAverage<CPUBackend<Float>>?
  /// The average of all ranks, once it is gathered.
  private let averaged: Weights<Float>?
  let schedule: LearningRateSchedule
  let loss: TrainingLoss
  let augmentation: Augmentation?
  let mixupAlpha: Double
  private let initialWeights: Weights<Float>?
  let gradients: NodeGradients<CPUBackend<Float>>
  let ownedWeights: [[Range<Int>]]
  /// Of the step that runs.
  var clock = StepClock()

  /// - Parameters:
  ///   - augmentation: How training images are changed at random.
  ///   - regions: How the input is composed.
  ///   - strain: The channel of the strain; nil: there is none.
  ///   - initialWeights: What every fold starts from; nil: drawn from the seed and the fold.
  public init(
    model: HTNet, configuration: TrainingConfiguration, fold: TrainingFold,
    augmentation: AugmentationConfiguration = AugmentationConfiguration(),
    regions: Regions = .whole, strain: Int? = nil, group: ReductionGroup,
    context: CPUBackend<Float>,
    initialWeights: Weights<Float>? = nil
  ) {
    self.model = model
    self.configuration = configuration
    self.fold = fold
    self.group = group
    self.context = context
    // Batches and test sets of an earlier fold had other sizes.
    context.pool.trim()
    let layout = model.layout
    self.initialWeights = initialWeights
    weights = Weights(layout)
    gradients = NodeGradients(count: layout.gradientCount)
    let parts = (0..<group.size).map { group.ownedElements(of: $0, count: layout.gradientCount) }
    adam = Adam(
      learningRate: configuration.learningRate, decay: configuration.decay, layout: layout,
      owned: parts[group.rank], context)
    average =
      configuration.ema > 0
      ? WeightAverage(
        decay: configuration.ema, layout: layout, owned: parts[group.rank], context) : nil
    averaged = configuration.ema > 0 ? Weights(layout) : nil
    schedule = configuration.schedule(clips: fold.trainCount)
    loss = TrainingLoss(
      configuration, labels: (0..<fold.trainCount).map(fold.trainLabel),
      classes: model.configuration.classes)
    self.augmentation = Augmentation(
      augmentation, channels: model.configuration.channels, side: model.configuration.imageSize,
      regions: regions, strain: strain)
    mixupAlpha = augmentation.mixup
    ownedWeights = parts.map { layout.weightRanges(ofGradient: $0) }
    initializeWeights()
  }

  /// Goes back to before the first step.
  func restart() {
    initializeWeights()
    for moments in [adam.first, adam.second] {
      moments.pointer.zero(count: moments.count)
    }
    adam.steps = 0
    progress = FoldProgress()
  }

  private func initializeWeights() {
    if let initialWeights {
      weights.pointer.update(from: initialWeights.pointer, count: weights.buffer.count)
    } else {
      weights.initialize(
        CounterGenerator(
          seed: configuration.seed, fold: fold.index, purpose: .initialWeights),
        threads: context.threads)
    }
    average?.reset(context, weights: weights.buffer)
    // What is never trained is its own average.
    averaged?.pointer.update(from: weights.pointer, count: weights.buffer.count)
  }

  /// Trains every epoch that is left.
  ///
  /// - Parameters:
  ///   - logitsOfEveryEpoch: Whether the test clips' logits are kept after each epoch.
  ///   - note: Asked once a step for what the group is told besides what the step computes.
  ///   - afterStep: Told of each step when `progress` counts it.
  ///   - afterEpoch: Told of each epoch when `progress` counts it; from 1, with its mean loss.
  /// - Returns: The fold's outcome; nil if it was stopped.
  /// - Throws: `TrainingError`, `MPIError`, `StepNoteError`.
  public func run(
    logitsOfEveryEpoch: Bool, note: () throws -> StepNote = { StepNote() },
    afterStep: (Step) throws -> Continuation = { _ in .goOn },
    afterEpoch: (_ epoch: Int, _ loss: Double) -> Void = { _, _ in }
  ) throws -> FoldOutcome? {
    while progress.epoch < configuration.epochs && !configuration.hasPlateau(progress.losses) {
      let batches = BatchOrder.batches(
        count: fold.trainCount, batchSize: configuration.batchSize,
        shuffle: configuration.shuffle, seed: configuration.seed, fold: fold.index,
        epoch: progress.epoch)
      while progress.batch < batches.count {
        let batch = batches[progress.batch]
        let (loss, notes) = try step(batch, epoch: progress.epoch, note: note())
        progress.epochLoss += loss * Double(batch.count)
        progress.batch += 1
        let step = Step(
          epoch: progress.epoch, step: progress.batch - 1, loss: loss, samples: batch.count,
          endsEpoch: progress.batch == batches.count, notes: notes)
        // What follows an epoch reads all weights.
        if step.endsEpoch { try finishHandOut() }
        if try afterStep(step) == .stop {
          try finishHandOut()
          return nil
        }
      }
      try compareWeights(epoch: progress.epoch)
      if logitsOfEveryEpoch { try gatherAverage() }
      let loss = progress.epochLoss / Double(fold.trainCount)
      progress.endEpoch(loss: loss, testLogits: logitsOfEveryEpoch ? testLogits() : nil)
      afterEpoch(progress.epoch, loss)
    }
    try gatherAverage()
    return FoldOutcome(
      losses: progress.losses, logits: progress.testLogits.last ?? testLogits(),
      logitsOfEveryEpoch: logitsOfEveryEpoch ? progress.testLogits : nil,
      weightsSHA256: testedWeights.sha256)
  }

  /// Brings the averages that the ranks own together. Collective.
  private func gatherAverage() throws {
    guard let average, let averaged else { return }
    for run in average.runs {
      (averaged.pointer + run.weights.lowerBound).update(
        from: average.values.pointer + run.start, count: run.weights.count)
    }
    try context.timed(.handOut) {
      try group.allGatherWeights(averaged.buffer, ranges: ownedWeights)
    }
  }

  /// Stops the group if its ranks no longer hold the same weights.
  private func compareWeights(epoch: Int) throws {
    guard group.size > 1 else { return }
    let checksums = try group.allGather(context.checksum(weights.buffer))
    let wrong = checksums.indices.filter { checksums[$0] != checksums[0] }
    guard wrong.isEmpty else {
      throw TrainingError.ranksDiffer(subject: fold.subject, epoch: epoch + 1, ranks: wrong)
    }
  }

  /// The test clips' logits [clips][classes], computed the same way wherever it happens.
  public func testLogits() -> [[Float]] {
    model.logits(
      of: fold.testCount, batch: configuration.batchSize, weights: testedWeights, context,
      copyImage: fold.copyTestImage)
  }
}
