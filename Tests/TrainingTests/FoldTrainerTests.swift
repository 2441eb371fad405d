import Collectives
import Datasets
import HTNetModel
import Kernels
import NeuralNetwork
import Random
import TestSupport
import Training
import XCTest

final class FoldTrainerTests: XCTestCase {
  /// Clips of three subjects whose class shows as a bright corner under noise.
  static let composite: Dataset = {
    var random = SeededGenerator(seed: 33)
    let clips = (0..<19).map {
      Clip(dataset: "d", subject: "s\($0 % 3)", name: "c\($0)", label: $0 / 3 % 3)
    }
    let pixels = clips.flatMap { clip in
      (0..<3 * 64).map { i -> UInt8 in
        let corner = i % 64 / 32 * 2 + i % 8 / 4
        return UInt8.random(in: 0...90, using: &random) + (corner == clip.label ? 160 : 0)
      }
    }
    return Dataset(
      clips: clips, classNames: ["a", "b", "c"], channels: 3, side: 8, pixels: .bits8(pixels))
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

  static var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.epochs = 12
    configuration.batchSize = 5
    configuration.learningRate = 5e-3
    configuration.shuffle = true
    return configuration
  }

  private func trainer(
    _ configuration: TrainingConfiguration = configuration, fold: Int = 1, threads: Int = 1,
    products: ProductKernel = .best, initialWeights: Weights<Float>? = nil
  ) throws -> FoldTrainer {
    let fold = try Splits(Self.composite).folds[fold]
    return FoldTrainer(
      model: Self.model, configuration: configuration,
      fold: TrainingFold(fold, of: Self.composite),
      group: ReductionGroup(nil, shards: configuration.gradientShards),
      context: CPUBackend(threads: threads, products: products), initialWeights: initialWeights)
  }

  private struct Stopped: Error {}

  private func run(_ trainer: FoldTrainer) throws -> FoldOutcome {
    guard let outcome = try trainer.run(logitsOfEveryEpoch: true) else { throw Stopped() }
    return outcome
  }

  func testTrainingLearns() throws {
    var configuration = Self.configuration
    configuration.epochs = 60
    let outcome = try run(trainer(configuration))
    XCTAssertEqual(outcome.losses.count, 60)
    XCTAssertEqual(outcome.losses[0], 1.1, accuracy: 0.5)
    XCTAssertLessThan(outcome.losses[59], 0.3 * outcome.losses[0])
    XCTAssertEqual(outcome.logitsOfEveryEpoch?.count, 60)
    XCTAssertEqual(outcome.logitsOfEveryEpoch?.last, outcome.logits)
    XCTAssertEqual(outcome.logits.count, 6)
    XCTAssertTrue(outcome.logits.allSatisfy { $0.count == 3 })
  }

  func testRunsAndThreadsGiveTheSameBitsAndSeedsAndFoldsOthers() throws {
    let outcome = try run(trainer())
    XCTAssertEqual(try run(trainer()), outcome)
    XCTAssertEqual(try run(trainer(threads: 2)), outcome)
    XCTAssertEqual(try run(trainer(threads: 3)), outcome)
    var others = Set([outcome.weightsSHA256])
    others.insert(try run(trainer(fold: 2)).weightsSHA256)
    for change: (inout TrainingConfiguration) -> Void in [
      { $0.seed = 2 }, { $0.shuffle = false }, { $0.batchSize = 4 }, { $0.epochs = 11 },
      { $0.learningRate = 4e-3 },
    ] {
      var configuration = Self.configuration
      change(&configuration)
      others.insert(try run(trainer(configuration)).weightsSHA256)
    }
    XCTAssertEqual(others.count, 7)
    // Keeping the logits of every epoch changes nothing.
    let plain = try XCTUnwrap(trainer().run(logitsOfEveryEpoch: false))
    XCTAssertEqual(plain.weightsSHA256, outcome.weightsSHA256)
    XCTAssertEqual(plain.logits, outcome.logits)
    XCTAssertNil(plain.logitsOfEveryEpoch)
  }

  func testEveryKernelLearnsAndKeepsItsBits() throws {
    var kernels = [ProductKernel.openBLAS]
    if let bf16 = try? ProductKernel.best(.bf16) { kernels.append(bf16) }
    for kernel in kernels {
      let outcome = try run(trainer(products: kernel))
      XCTAssertLessThan(outcome.losses[11], outcome.losses[0], "\(kernel)")
      XCTAssertEqual(try run(trainer(threads: 2, products: kernel)), outcome, "\(kernel)")
    }
  }

  func testBatchesOfAnySizeTrain() throws {
    // 13 clips to train on in fold 0 … 2: last batches of 1, batches smaller than the shards.
    for (batch, shards) in [(4, 4), (12, 4), (3, 8), (1, 4), (13, 1), (100, 16), (6, 64)] {
      var configuration = Self.configuration
      configuration.batchSize = batch
      configuration.gradientShards = shards
      configuration.epochs = 2
      let outcome = try run(trainer(configuration, fold: 1))
      XCTAssertTrue(outcome.losses.allSatisfy { $0.isFinite && $0 > 0 }, "batch \(batch)")
      XCTAssertEqual(
        try run(trainer(configuration, fold: 1, threads: 2)), outcome, "batch \(batch)")
    }
  }

  func testStepsAreReportedAndAddUp() throws {
    let trainer = try trainer()
    var steps: [FoldTrainer.Step] = []
    let outcome = try XCTUnwrap(
      trainer.run(
        logitsOfEveryEpoch: false,
        afterStep: {
          steps.append($0)
          return .goOn
        }))
    let count = trainer.fold.trainCount
    for epoch in 0..<12 {
      let mine = steps.filter { $0.epoch == epoch }
      XCTAssertEqual(mine.map(\.step), Array(mine.indices))
      XCTAssertEqual(mine.map(\.samples).reduce(0, +), count)
      XCTAssertEqual(mine.map(\.endsEpoch), mine.indices.map { $0 == mine.count - 1 })
      let total = mine.map { $0.loss * Double($0.samples) }.reduce(0, +)
      XCTAssertEqual(total / Double(count), outcome.losses[epoch], accuracy: 1e-12)
    }
  }

  /// An epoch's last batch is smaller here, and what a step costs besides its samples would count too much.
  func testAWholeBatchesStepsSayWhatTheyTook() throws {
    for batch in [4, 100] {
      var configuration = Self.configuration
      configuration.batchSize = batch
      configuration.epochs = 2
      let trainer = try trainer(configuration)
      let count = trainer.fold.trainCount
      XCTAssertGreaterThan(count % 4, 0)
      _ = try trainer.run(
        logitsOfEveryEpoch: false,
        afterStep: { step in
          let times = step.notes[0].times
          XCTAssertEqual(times?.samples, step.samples == min(batch, count) ? step.samples : nil)
          if let times { XCTAssertGreaterThan(times.computing, 0) }
          XCTAssertNil(times?.latecomer)
          return .goOn
        })
    }
  }

  func testAStopEndsTheFoldWithoutAnOutcomeAndItGoesOnFromThere() throws {
    let expected = try run(trainer())
    let trainer = try trainer()
    var steps = 0
    var notes = 0
    let outcome = try trainer.run(
      logitsOfEveryEpoch: true,
      note: {
        notes += 1
        var note = StepNote()
        note.receipt = StepNote.Receipt(generation: notes, file: nil)
        return note
      },
      afterStep: {
        steps += 1
        XCTAssertEqual($0.notes.map(\.receipt?.generation), [steps])
        XCTAssertEqual($0.notes[0].shardLosses.count, Self.configuration.gradientShards)
        XCTAssertNil($0.notes[0].firstBadGradient)
        return steps == 5 ? .stop : .goOn
      })
    XCTAssertNil(outcome)
    XCTAssertEqual(trainer.progress.steps, 5)
    XCTAssertEqual(try run(trainer), expected)
  }

  func testARateThatIsTooLargeIsNamedWithFoldEpochAndStep() throws {
    var configuration = Self.configuration
    configuration.learningRate = 1e30
    do {
      _ = try run(trainer(configuration))
      XCTFail("a rate of 1e30 cannot work")
    } catch TrainingError.notFinite(let subject, let epoch, let step, _, _) {
      XCTAssertEqual(subject, "s1")
      XCTAssertEqual(epoch, 1)
      XCTAssertEqual(step, 2)
    }
    let text = errorText { try run(trainer(configuration)) }
    XCTAssertEqual(text?.hasPrefix("fold s1, epoch 1, step 2: "), true, text ?? "")
    XCTAssertEqual(text?.contains("lower training.learning_rate"), true, text ?? "")
  }

  func testAWeightThatIsNotFiniteStopsBeforeAnyUpdate() throws {
    for bad in [Float.nan, .infinity] {
      let weights = Weights<Float>(Self.model.layout)
      weights.initialize(CounterGenerator(seed: 1, purpose: .initialWeights))
      let tensor = try XCTUnwrap(
        Self.model.layout.tensors.first { $0.name == "mlp_head.2.weight" })
      weights.pointer[tensor.offset + 3] = bad
      let trainer = try trainer(initialWeights: weights)
      let text = errorText { try run(trainer) }
      XCTAssertEqual(text?.hasPrefix("fold s1, epoch 1, step 1: "), true, text ?? "")
      for i in 0..<Self.model.layout.weightCount {
        XCTAssertEqual(trainer.weights.pointer[i].bitPattern, weights.pointer[i].bitPattern)
      }
    }
  }

  func testInitialWeightsAreTakenAsTheyAre() throws {
    let weights = Weights<Float>(Self.model.layout)
    weights.initialize(CounterGenerator(seed: 77, purpose: .initialWeights))
    let first = try trainer(initialWeights: weights)
    let second = try trainer()
    XCTAssertNotEqual(first.weights.sha256, second.weights.sha256)
    for i in 0..<Self.model.layout.weightCount {
      XCTAssertEqual(first.weights.pointer[i], weights.pointer[i])
    }
    let before = weights.pointer[0]
    _ = try run(first)
    XCTAssertEqual(weights.pointer[0], before, "training changed the weights it started from")
  }
}
