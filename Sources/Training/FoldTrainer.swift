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
/// loss and gradient are finite, the owners update their parts, and the parts are handed out.
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
  public let weights: Weights<Float>
  /// Where the fold stands.
  public internal(set) var progress = FoldProgress()
  let group: ReductionGroup
  let context: CPUBackend<Float>
  let adam: Adam<CPUBackend<Float>>
  private let initialWeights: Weights<Float>?
  private let gradients: NodeGradients<CPUBackend<Float>>
  private let ownedWeights: [[Range<Int>]]

  /// - Parameters:
  ///   - initialWeights: What every fold starts from; nil: drawn from the seed and the fold.
  public init(
    model: HTNet, configuration: TrainingConfiguration, fold: TrainingFold, group: ReductionGroup,
    context: CPUBackend<Float>, initialWeights: Weights<Float>? = nil
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
      learningRate: configuration.learningRate, layout: layout, owned: parts[group.rank], context)
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
  }

  /// Trains every epoch that is left.
  ///
  /// - Parameters:
  ///   - logitsOfEveryEpoch: Whether the test clips' logits are kept after each epoch.
  ///   - note: Asked once a step for what the group is told besides what the step computes.
  ///   - afterStep: Told of each step when `progress` counts it.
  /// - Returns: The fold's outcome; nil if it was stopped.
  /// - Throws: `TrainingError`, `MPIError`, `StepNoteError`.
  public func run(
    logitsOfEveryEpoch: Bool, note: () throws -> StepNote = { StepNote() },
    afterStep: (Step) throws -> Continuation = { _ in .goOn }
  ) throws -> FoldOutcome? {
    while progress.epoch < configuration.epochs {
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
        if try afterStep(step) == .stop { return nil }
      }
      try compareWeights(epoch: progress.epoch)
      progress.endEpoch(
        loss: progress.epochLoss / Double(fold.trainCount),
        testLogits: logitsOfEveryEpoch ? testLogits() : nil)
    }
    return FoldOutcome(
      losses: progress.losses, logits: progress.testLogits.last ?? testLogits(),
      logitsOfEveryEpoch: logitsOfEveryEpoch ? progress.testLogits : nil,
      weightsSHA256: weights.sha256)
  }

  /// One update on a batch of training clips.
  ///
  /// - Parameter note: What the group is told besides what the step computes.
  /// - Returns: The batch's mean loss, and every rank's notes.
  @discardableResult
  public func step(_ batch: [Int], epoch: Int, note: StepNote = StepNote()) throws
    -> (loss: Double, notes: [StepNote])
  {
    let shards = group.batchShards(batchSize: batch.count)
    let pixels =
      model.configuration.channels * model.configuration.imageSize
      * model.configuration.imageSize
    let images = context.matrix(shards.samples.count, pixels)
    for (row, sample) in shards.samples.enumerated() {
      fold.copyTrainImage(batch[sample], to: images.row(row))
    }
    let tape = Tape(context, shards: shards, weights: weights.buffer, gradients: gradients)
    let generator = CounterGenerator(
      seed: configuration.seed, fold: fold.index, epoch: progress.steps, purpose: .dropout)
    let logits = model(images, dropout: generator, on: tape)
    let losses = tape.crossEntropy(
      logits, labels: shards.samples.map { fold.trainLabel(batch[$0]) })
    let nodes = Array(gradients.nodes[..<shards.nodes.count])
    group.beginReduceScatter(nodes, count: gradients.count)
    tape.backward { group.isComputed(from: $0) }
    progress.steps += 1
    try context.timed(.exchange) { try group.finishReduceScatter() }
    let sums = shards.shards.map { losses[$0].reduce(0, +) }
    let agreed = try agree(shardLosses: sums, note: note, epoch: epoch)
    adam.step(context, weights: weights.buffer, gradient: nodes[0])
    try context.timed(.exchange) {
      try group.allGatherWeights(weights.buffer, ranges: ownedWeights)
    }
    return (agreed.loss / Double(batch.count), agreed.notes)
  }

  /// Tells the group what this step computed, sums the shards' losses in their order on every rank, and
  /// stops all ranks before the update if a loss or a gradient is not finite.
  private func agree(shardLosses: [Double], note: StepNote, epoch: Int) throws
    -> (loss: Double, notes: [StepNote])
  {
    var note = note
    note.shardLosses = shardLosses
    note.firstBadGradient = firstBadGradient()
    let notes = try group.allGather(note)
    for (rank, note) in notes.enumerated() {
      let (count, expected) = (note.shardLosses.count, group.ownedShards(of: rank).count)
      guard count == expected else {
        throw StepNoteError(rank: rank, reason: "it has \(count) losses, not \(expected)")
      }
    }
    let loss = notes.flatMap(\.shardLosses).reduce(0, +)
    let worst = notes.compactMap(\.firstBadGradient).min()
    if !loss.isFinite || worst != nil {
      throw TrainingError.notFinite(
        subject: fold.subject, epoch: epoch + 1, step: progress.steps, loss: loss,
        parameter: worst.flatMap { model.layout.parameter(ofGradient: $0)?.name })
    }
    return (loss, notes)
  }

  /// The first owned element of the flat gradient that is not finite.
  private func firstBadGradient() -> Int? {
    context.firstNotFinite(in: gradients.nodes[0], adam.owned)
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
    let configuration = model.configuration
    let pixels = configuration.channels * configuration.imageSize * configuration.imageSize
    var logits: [[Float]] = []
    for start in stride(from: 0, to: fold.testCount, by: self.configuration.batchSize) {
      let count = min(self.configuration.batchSize, fold.testCount - start)
      let images = context.matrix(count, pixels)
      for row in 0..<count { fold.copyTestImage(start + row, to: images.row(row)) }
      let tape = Tape(context, shards: BatchShards(whole: count), weights: weights.buffer)
      let values = model(images, on: tape).value
      logits += (0..<count).map {
        Array(UnsafeBufferPointer(start: values.row($0), count: values.columns))
      }
    }
    return logits
  }
}
