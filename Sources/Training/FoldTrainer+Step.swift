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

/// One update of the weights.
extension FoldTrainer {
  /// One update on a batch of training clips.
  ///
  /// When it comes back the other ranks' weights may still be on their way: see `finishHandOut`.
  ///
  /// - Parameter note: What the group is told besides what the step computes.
  /// - Returns: The batch's mean loss, and every rank's notes.
  @discardableResult
  public func step(_ batch: [Int], epoch: Int, note: StepNote = StepNote()) throws
    -> (loss: Double, notes: [StepNote])
  {
    clock.begin()
    let shards = group.batchShards(batchSize: batch.count)
    let pixels =
      model.configuration.channels * model.configuration.imageSize
      * model.configuration.imageSize
    let mixup = Mixup(
      alpha: mixupAlpha, generator(.mixup), count: batch.count)
    let images = context.matrix(shards.samples.count, pixels)
    copyImages(of: batch, shards.samples, mixup, to: images)
    let tape = Tape(
      context, shards: shards, weights: weights.buffer, gradients: gradients,
      needsWeights: awaitWeights)
    let logits = model(images, dropout: generator(.dropout), on: tape)
    let labels = batch.map(fold.trainLabel)
    let targets = loss.targets(labels: labels, mixup: mixup, samples: shards.samples)
    let losses =
      targets.map { tape.crossEntropy(logits, targets: $0) }
      ?? tape.crossEntropy(logits, labels: Array(labels[shards.samples]))
    let nodes = Array(gradients.nodes[..<shards.nodes.count])
    try clock.waitForWeights {
      try context.timed(.handOut) {
        try group.beginReduceScatter(nodes, count: gradients.count)
      }
    }
    tape.backward { group.isComputed(from: $0) }
    clock.computed()
    progress.steps += 1
    try clock.wait { try context.timed(.exchange) { try group.finishReduceScatter() } }
    var note = note
    note.shardLosses = shards.shards.map { losses[$0].reduce(0, +) }
    note.times = times(of: batch, mine: shards.samples.count)
    let agreed = try agree(note, epoch: epoch)
    if configuration.clipNorm > 0 { try clip(nodes[0]) }
    adam.learningRate = schedule.rate(of: progress.steps - 1)
    group.beginHandOut(weights.buffer, ranges: ownedWeights)
    adam.step(context, weights: weights.buffer, gradient: nodes[0]) { group.isUpdated(upTo: $0) }
    group.isUpdated(upTo: .max)
    average?.update(context, weights: weights.buffer)
    return (agreed.loss / (targets?.divisor ?? Double(batch.count)), agreed.notes)
  }

  /// Waits until this rank has all weights of the last step, and the others have its own.
  ///
  /// - Throws: `MPIError`.
  public func finishHandOut() throws {
    try clock.waitForWeights { try context.timed(.handOut) { try group.finishHandOut() } }
  }

  /// Waits for the weights that a layer needs; nil: nobody else has any.
  private var awaitWeights: ((_ end: Int) -> Void)? {
    guard group.size > 1 else { return nil }
    return { [self] end in
      clock.waitForWeights { context.timed(.handOut) { group.awaitWeights(upTo: end) } }
    }
  }

  /// The random numbers of the step that comes next.
  private func generator(_ purpose: RandomPurpose) -> CounterGenerator {
    CounterGenerator(
      seed: configuration.seed, fold: fold.index, epoch: progress.steps, purpose: purpose)
  }

  /// Copies this rank's samples of a batch, changed and mixed as the step's random numbers say.
  private func copyImages(
    of batch: [Int], _ samples: Range<Int>, _ mixup: Mixup?, to images: Matrix<Float>
  ) {
    let random = generator(.augmentation)
    func copy(_ sample: Int, to target: UnsafeMutablePointer<Float>) {
      fold.copyTrainImage(
        batch[sample], to: target,
        changed: augmentation.map { ($0, $0.draw(random, place: sample)) })
    }
    context.forEachPart(of: samples.count, grain: augmentation == nil ? samples.count : 1) { rows in
      for row in rows {
        let sample = samples.lowerBound + row
        copy(sample, to: images.row(row))
        guard let mixup else { continue }
        // A partner may be another rank's sample: what becomes of it does not depend on who asks.
        withUnsafeTemporaryAllocation(of: Float.self, capacity: images.columns) { partner in
          guard let other = partner.baseAddress else { return }
          copy(mixup.partners[sample], to: other)
          let share = Float(mixup.share)
          let mine = images.row(row)
          for i in 0..<images.columns { mine[i] = share * mine[i] + (1 - share) * other[i] }
        }
      }
    }
  }

  /// Shortens the gradient to `clipNorm` if it is longer; each rank its owned part. Collective.
  private func clip(_ gradient: Buffer<Float>) throws {
    let mine = context.squares(in: gradient, adam.owned)
    let bytes = mine.asWords.withUnsafeBytes { Array($0) }
    var sum = SquareSum()
    for other in try clock.wait({
      try context.timed(.exchange) { try group.allGather(bytes) }
    }) {
      sum += SquareSum(words: other.withUnsafeBytes { Array($0.bindMemory(to: UInt64.self)) })
    }
    guard let factor = GradientClip.factor(sum, limit: configuration.clipNorm) else { return }
    context.scale(
      FlatSlice(gradient, offset: adam.owned.lowerBound), count: adam.owned.count, by: factor)
  }

  /// Tells the group what this step computed, sums the shards' losses in their order on every rank, and
  /// stops all ranks before the update if a loss or a gradient is not finite.
  private func agree(_ note: StepNote, epoch: Int) throws -> (loss: Double, notes: [StepNote]) {
    var note = note
    note.firstBadGradient = firstBadGradient()
    let notes = try clock.wait { try group.allGather(note) }
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

  /// What the step took this rank so far; nil of an epoch's last batch, if it is a smaller one: what a step
  /// costs besides its samples would make this rank look slow.
  ///
  /// - Parameter samples: Of the batch, those of this rank.
  private func times(of batch: [Int], mine samples: Int) -> StepTimes? {
    let times = clock.take(samples: samples, latecomer: group.latecomer)
    return batch.count == min(configuration.batchSize, fold.trainCount) ? times : nil
  }

  /// The first owned element of the flat gradient that is not finite.
  private func firstBadGradient() -> Int? {
    context.firstNotFinite(in: gradients.nodes[0], adam.owned)
  }
}
