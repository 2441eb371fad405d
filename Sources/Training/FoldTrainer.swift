import Autograd
import Digest
import Foundation
import GradientReduction
import HTNetModel
import MicroExpressionData
import NeuralNetwork
import TensorCore

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
  }

  public let model: HTNet
  public let configuration: TrainingConfiguration
  public let fold: TrainingFold
  public let weights: Weights<Float>
  private let group: ReductionGroup
  private let context: ComputeContext<Float>
  private let gradients: NodeGradients<Float>
  private let adam: Adam<Float>
  private let ownedWeights: [[Range<Int>]]
  private var steps = 0

  /// - Parameters:
  ///   - initialWeights: What every fold starts from; nil: drawn from the seed and the fold.
  public init(
    model: HTNet, configuration: TrainingConfiguration, fold: TrainingFold, group: ReductionGroup,
    context: ComputeContext<Float>, initialWeights: Weights<Float>? = nil
  ) {
    self.model = model
    self.configuration = configuration
    self.fold = fold
    self.group = group
    self.context = context
    let layout = model.layout
    weights = Weights(layout)
    if let initialWeights {
      weights.pointer.update(from: initialWeights.pointer, count: layout.weightCount)
    } else {
      weights.initialize(
        CounterGenerator(
          seed: configuration.seed, fold: fold.index, purpose: .initialWeights),
        threads: context.threads)
    }
    gradients = NodeGradients(count: layout.gradientCount)
    let parts = (0..<group.size).map { group.ownedElements(of: $0, count: layout.gradientCount) }
    adam = Adam(
      learningRate: configuration.learningRate, layout: layout, owned: parts[group.rank])
    ownedWeights = parts.map { layout.weightRanges(ofGradient: $0) }
  }

  /// Trains every epoch.
  ///
  /// - Parameters:
  ///   - logitsOfEveryEpoch: Whether the test clips' logits are kept after each epoch.
  ///   - stopRequested: Asked once a step; if any rank says yes, all ranks of the group stop after it.
  ///   - afterStep: Told of each step.
  /// - Returns: The fold's outcome; nil if it was stopped.
  /// - Throws: `TrainingError`, `MPIError`.
  public func run(
    logitsOfEveryEpoch: Bool, stopRequested: () throws -> Bool = { false },
    afterStep: (Step) throws -> Void = { _ in }
  ) throws -> FoldOutcome? {
    var losses: [Double] = []
    var history: [[[Float]]] = []
    for epoch in 0..<configuration.epochs {
      let batches = BatchOrder.batches(
        count: fold.trainCount, batchSize: configuration.batchSize,
        shuffle: configuration.shuffle, seed: configuration.seed, fold: fold.index, epoch: epoch)
      var total = 0.0
      for (index, batch) in batches.enumerated() {
        let (loss, stops) = try step(batch, epoch: epoch, stopRequested: stopRequested())
        total += loss * Double(batch.count)
        try afterStep(
          Step(
            epoch: epoch, step: index, loss: loss, samples: batch.count,
            endsEpoch: index == batches.count - 1))
        if stops { return nil }
      }
      losses.append(total / Double(fold.trainCount))
      try compareWeights(epoch: epoch)
      if logitsOfEveryEpoch { history.append(testLogits()) }
    }
    return FoldOutcome(
      losses: losses, logits: history.last ?? testLogits(),
      logitsOfEveryEpoch: logitsOfEveryEpoch ? history : nil, weightsSHA256: weightsSHA256())
  }

  /// One update on a batch of training clips.
  ///
  /// - Returns: The batch's mean loss, and whether any rank asked to stop.
  @discardableResult
  public func step(_ batch: [Int], epoch: Int, stopRequested: Bool = false) throws
    -> (loss: Double, stops: Bool)
  {
    let shards = group.batchShards(batchSize: batch.count)
    let pixels =
      model.configuration.channels * model.configuration.imageSize
      * model.configuration.imageSize
    let images = context.matrix(shards.samples.count, pixels)
    for (row, sample) in shards.samples.enumerated() {
      fold.copyTrainImage(batch[sample], to: images.row(row))
    }
    let tape = Tape(
      context: context, shards: shards, weights: weights.pointer, gradients: gradients)
    let generator = CounterGenerator(
      seed: configuration.seed, fold: fold.index, epoch: steps, purpose: .dropout)
    let logits = model(images, dropout: generator, on: tape)
    let losses = tape.crossEntropy(
      logits, labels: shards.samples.map { fold.trainLabel(batch[$0]) })
    let nodes = gradients.nodes[..<shards.nodes.count].map(\.pointer)
    group.beginSum(nodes, count: gradients.count)
    tape.backward { group.isComputed(from: $0) }
    steps += 1
    try context.timed(.exchange) { try group.finishSum() }
    let sums = shards.shards.map { losses[$0].reduce(0, +) }
    let agreed = try agree(shardLosses: sums, stopRequested: stopRequested, epoch: epoch)
    adam.step(context, weights: weights.pointer, gradient: nodes[0])
    try context.timed(.exchange) { try group.gather(weights.pointer, ranges: ownedWeights) }
    return (agreed.loss / Double(batch.count), agreed.stops)
  }

  /// Sums the shards' losses in their order on every rank, and stops all ranks before the update if
  /// a loss or a gradient is not finite.
  private func agree(shardLosses: [Double], stopRequested: Bool, epoch: Int) throws
    -> (loss: Double, stops: Bool)
  {
    let widest = (0..<group.size).map { group.ownedShards(of: $0).count }.max() ?? 1
    let bad = firstBadGradient()
    let numbers =
      [Double(bad ?? -1), stopRequested ? 1 : 0] + shardLosses
      + [Double](repeating: 0, count: widest - shardLosses.count)
    let all = try group.share(numbers)
    let losses = all.enumerated().flatMap { rank, numbers in
      numbers[2...].prefix(group.ownedShards(of: rank).count)
    }
    let loss = losses.reduce(0, +)
    let worst = all.compactMap { $0[0] >= 0 ? Int($0[0]) : nil }.min()
    if !loss.isFinite || worst != nil {
      throw TrainingError.notFinite(
        subject: fold.subject, epoch: epoch + 1, step: steps, loss: loss,
        parameter: worst.flatMap { model.layout.parameter(ofGradient: $0)?.name })
    }
    return (loss, all.contains { $0[1] != 0 })
  }

  /// The first owned element of the flat gradient that is not finite.
  private func firstBadGradient() -> Int? {
    let gradient = gradients.nodes[0].pointer
    let owned = adam.owned
    let grain = 1 << 16
    var finite = [Bool](repeating: true, count: owned.count / grain + 1)
    finite.withUnsafeMutableBufferPointer { finite in
      context.forEachPart(of: owned.count, grain: grain) { part in
        finite[part.lowerBound / grain] = Float.allFinite(
          part.count, gradient + owned.lowerBound + part.lowerBound)
      }
    }
    guard let part = finite.firstIndex(of: false) else { return nil }
    return (owned.lowerBound + part * grain..<owned.upperBound).first { !gradient[$0].isFinite }
  }

  /// Stops the group if its ranks no longer hold the same weights.
  private func compareWeights(epoch: Int) throws {
    guard group.size > 1 else { return }
    let checksums = try group.share(checksum: context.checksum(weights.buffer))
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
      let tape = Tape(
        context: context, shards: BatchShards(whole: count), weights: weights.pointer)
      let values = model(images, on: tape).value
      logits += (0..<count).map {
        Array(UnsafeBufferPointer(start: values.row($0), count: values.columns))
      }
    }
    return logits
  }

  /// SHA-256 over the bytes of all published tensors, in the published order.
  public func weightsSHA256() -> String {
    let digest = SHA256()
    weights.forEachPublishedTensor { digest.update($0) }
    return digest.finish()
  }
}
