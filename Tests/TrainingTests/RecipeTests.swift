import Compute
import Datasets
import Foundation
import Kernels
import Matrices
import NeuralNetwork
import TestSupport
import Training
import XCTest

/// The parts of the recipe against what PyTorch computes (`scripts/recipe-fixtures.py`).
final class RecipeTests: XCTestCase {
  private struct Fixture: Decodable {
    struct AdamW: Decodable {
      struct Step: Decodable {
        let rate: Double
        let gradients: [[Double]]
        let weights: [[Double]]
      }
      let weight_decay: Double
      let start: [[Double]]
      let steps: [Step]
    }

    struct Schedules: Decodable {
      let rate: Double
      let epochs: Int
      let updates: Int
      let cosine: [Double]
      let cosine_floor: Double
      let step: [Double]
      let step_epochs: Int
      let step_factor: Double
      let warm_cosine: [Double]
      let warmup_epochs: Int
    }

    struct Losses: Decodable {
      struct Case: Decodable {
        let smoothing: Double
        let weights: [Double]?
        let share: Double?
        let partners: [Int]?
        let loss: Double
        let gradient: [Double]
      }
      let logits: [Double]
      let labels: [Int]
      let classes: Int
      let cases: [Case]
    }

    struct Clipping: Decodable {
      let limit: Double
      let norm: Double
      let before: [Float]
      let after: [Double]
    }

    struct Averages: Decodable {
      struct Step: Decodable {
        let weights: [Double]
        let average: [Double]
      }
      let decay: Double
      let start: [Double]
      let steps: [Step]
    }

    let adamw: AdamW
    let schedules: Schedules
    let losses: Losses
    let clipping: [Clipping]
    let averages: Averages
  }

  private static let fixture: Fixture = {
    let directory = (#filePath as NSString).deletingLastPathComponent
    let data = FileManager.default.contents(atPath: directory + "/Fixtures/recipe.json") ?? Data()
    return try! JSONDecoder().decode(Fixture.self, from: data)
  }()

  private func assertEqual(
    _ mine: [Double], _ theirs: [Double], _ tolerance: Double, _ what: String = "",
    line: UInt = #line
  ) {
    XCTAssertEqual(mine.count, theirs.count, what, line: line)
    for (a, b) in zip(mine, theirs) {
      XCTAssertEqual(a, b, accuracy: tolerance * (1 + abs(b)), what, line: line)
    }
  }

  func testAdamWIsPyTorchs() {
    let fixture = Self.fixture.adamw
    var layout = ParameterLayout()
    _ = layout.add("decayed", shape: [7], rows: 1, initialValues: .constant(0))
    _ = layout.add("spared", shape: [4], rows: 1, initialValues: .constant(0), kind: .biases)
    let context = CPUBackend<Double>(threads: 1)
    let weights = Buffer<Double>(fixture.start.flatMap { $0 })
    // Two owners, as ranks are; the boundary lies in the part that decays.
    let adams = [0..<5, 5..<11].map {
      Adam<CPUBackend<Double>>(
        learningRate: 1, decay: WeightDecay(rate: fixture.weight_decay, spared: [.biases]),
        layout: layout, owned: $0, context)
    }
    for step in fixture.steps {
      let gradient = Buffer<Double>(step.gradients.flatMap { $0 })
      for adam in adams {
        adam.learningRate = step.rate
        adam.step(context, weights: weights, gradient: gradient)
      }
      assertEqual((0..<11).map { weights.pointer[$0] }, step.weights.flatMap { $0 }, 1e-13)
    }
  }

  func testTensorsKnowWhatTheyAre() {
    let tensors = SmallFold.model.layout.tensors
    for tensor in tensors {
      let expected: TensorKind =
        tensor.name.hasSuffix("pos_emb")
        ? .positions
        : tensor.name.hasSuffix(".bias")
          // The classifier's and the embedding's norms are PyTorch's own, with weight and bias.
          ? (tensor.kind == .norms ? .norms : .biases)
          : tensor.name.hasSuffix(".g") || tensor.name.hasSuffix(".b") ? .norms : tensor.kind
      XCTAssertEqual(tensor.kind, expected, tensor.name)
      // What is a vector is no matrix of weights.
      let isVector = tensor.shape.filter { $0 > 1 }.count <= 1
      if isVector && tensor.count > 1 { XCTAssertNotEqual(tensor.kind, .weights, tensor.name) }
    }
    XCTAssertEqual(Set(tensors.map(\.kind)), Set(TensorKind.allCases))
  }

  func testSchedulesArePyTorchs() {
    let fixture = Self.fixture.schedules
    func rates(_ change: (inout TrainingConfiguration) -> Void) -> [Double] {
      var configuration = TrainingConfiguration()
      configuration.epochs = fixture.epochs
      configuration.batchSize = 4
      configuration.learningRate = fixture.rate
      change(&configuration)
      // The last batch is smaller.
      let schedule = configuration.schedule(clips: 4 * fixture.updates - 1)
      return (0..<fixture.epochs * fixture.updates).map(schedule.rate)
    }
    assertEqual(
      rates {
        $0.schedule = .cosine
        $0.scheduleFloor = fixture.cosine_floor
      }, fixture.cosine, 1e-13)
    assertEqual(
      rates {
        $0.schedule = .step
        $0.stepEpochs = fixture.step_epochs
        $0.stepFactor = fixture.step_factor
      }, fixture.step, 1e-13)
    assertEqual(
      rates {
        $0.schedule = .cosine
        $0.warmupEpochs = fixture.warmup_epochs
      }, fixture.warm_cosine, 1e-13)
    XCTAssertEqual(Set(rates { _ in }), [fixture.rate])
  }

  func testLossesArePyTorchs() throws {
    let fixture = Self.fixture.losses
    let context = CPUBackend<Double>(threads: 1)
    let count = fixture.labels.count
    let logits = context.matrix(count, fixture.classes)
    logits.set(fixture.logits)
    for (number, expected) in fixture.cases.enumerated() {
      var configuration = TrainingConfiguration()
      configuration.labelSmoothing = expected.smoothing
      if let weights = expected.weights { configuration.classWeights = .listed(weights) }
      let loss = TrainingLoss(configuration, labels: [], classes: fixture.classes)
      let mixup = expected.partners.map { Mixup(share: expected.share ?? 0, partners: $0) }
      let gradient = context.matrix(count, fixture.classes)
      guard
        let targets = loss.targets(labels: fixture.labels, mixup: mixup, samples: 0..<count)
      else {
        XCTAssertTrue(expected.smoothing == 0 && expected.weights == nil && mixup == nil)
        let losses = context.crossEntropy(
          logits, labels: fixture.labels, batchSize: count, gradient: gradient)
        XCTAssertEqual(losses.reduce(0, +) / Double(count), expected.loss, accuracy: 1e-13)
        assertEqual(gradient.values, expected.gradient, 1e-13, "case \(number)")
        continue
      }
      let losses = context.crossEntropy(logits, targets: targets, gradient: gradient)
      XCTAssertEqual(losses.reduce(0, +) / targets.divisor, expected.loss, accuracy: 1e-13)
      assertEqual(gradient.values, expected.gradient, 1e-13, "case \(number)")
      // A rank's part of the batch has the whole batch's divisor.
      let part = loss.targets(labels: fixture.labels, mixup: mixup, samples: 3..<5)
      XCTAssertEqual(part?.divisor, targets.divisor)
      XCTAssertEqual(part?.coefficients, Array(targets.coefficients[3..<5]))
    }
    XCTAssertEqual(fixture.cases.count, 6)
  }

  func testBalancedWeightsAreOfTheTrainingClips() {
    var configuration = TrainingConfiguration()
    configuration.classWeights = .balanced
    let labels = [0, 0, 0, 1, 2, 2]
    let loss = TrainingLoss(configuration, labels: labels, classes: 3)
    let targets = loss.targets(labels: [0, 1, 2], mixup: nil, samples: 0..<3)
    XCTAssertEqual(
      targets?.coefficients, [[6.0 / 9, 0, 0], [0, 6.0 / 3, 0], [0, 0, 6.0 / 6]])
    XCTAssertEqual(targets?.divisor ?? 0, 6.0 / 9 + 2 + 1, accuracy: 1e-15)
  }

  func testClippingIsPyTorchs() {
    let context = CPUBackend<Float>(threads: 2)
    for expected in Self.fixture.clipping {
      let gradient = Buffer<Float>(expected.before)
      let sum = context.squares(in: gradient, 0..<expected.before.count)
      XCTAssertEqual(
        sum.value.squareRoot(), expected.norm, accuracy: 1e-12 * (1 + expected.norm))
      let factor = GradientClip.factor(sum, limit: expected.limit)
      XCTAssertEqual(factor == nil, expected.norm < expected.limit)
      assertEqual(
        expected.before.map { Double($0) * (factor ?? 1) }, expected.after, 1e-12)
    }
  }

  /// Whatever parts are summed in whatever order: the same bits, and the right ones.
  func testASumOfSquaresHasNoOrder() {
    var random = SeededGenerator(seed: 71)
    let context = CPUBackend<Float>(threads: 3)
    let count = 700_001
    var values = random.floats(count).enumerated().map { index, value in
      value * Float(pow(10.0, Double(index % 61) - 40))
    }
    values[5] = .leastNonzeroMagnitude
    values[6] = 3e38
    values[7] = -0.0
    let buffer = Buffer<Float>(values)
    let whole = context.squares(in: buffer, 0..<count)
    for cuts in [[0, 1, 2, count], [0, 65_536, 65_537, 400_000, count], [0, 333_333, count]] {
      var parts = zip(cuts, cuts.dropFirst()).map { context.squares(in: buffer, $0..<$1) }
      for _ in 0..<3 {
        parts.shuffle(using: &random)
        var sum = SquareSum()
        for part in parts { sum += SquareSum(words: part.asWords) }
        XCTAssertEqual(sum, whole)
        XCTAssertEqual(sum.value.bitPattern, whole.value.bitPattern)
      }
    }
    // The largest value outweighs all others.
    XCTAssertEqual(whole.value, Double(Float(3e38)) * Double(Float(3e38)), accuracy: 1e64)
    let small = Buffer<Float>([.leastNonzeroMagnitude, 0x1p-126, 1, 1.5])
    XCTAssertEqual(context.squares(in: small, 0..<1).value, 0x1p-298)
    XCTAssertEqual(context.squares(in: small, 1..<2).value, 0x1p-252)
    XCTAssertEqual(context.squares(in: small, 2..<4).value, 3.25)
    XCTAssertEqual(context.squares(in: small, 2..<2).value, 0)
  }

  func testAMovingAverageIsPyTorchs() {
    let fixture = Self.fixture.averages
    var layout = ParameterLayout()
    _ = layout.add("w", shape: [2, 3], rows: 2, initialValues: .constant(0))
    let context = CPUBackend<Double>(threads: 1)
    let weights = Buffer<Double>(fixture.start)
    let average = WeightAverage<CPUBackend<Double>>(
      decay: fixture.decay, layout: layout, owned: 0..<6, context)
    average.reset(context, weights: weights)
    for step in fixture.steps {
      for (place, value) in step.weights.enumerated() { weights.pointer[place] = value }
      average.update(context, weights: weights)
      assertEqual((0..<6).map { average.values.pointer[$0] }, step.average, 1e-13)
    }
  }

  func testAFoldEndsOnAPlateau() throws {
    var configuration = TrainingConfiguration()
    let losses = [1.0, 0.8, 0.7999, 0.7995, 0.5, 0.5, 0.49999, 0.6]
    XCTAssertFalse(configuration.hasPlateau(losses))
    configuration.earlyEndEpochs = 3
    configuration.earlyEndDelta = 0.01
    // 0.7999 and 0.7995 are no improvement of 1%; after 0.5 three epochs bring none.
    XCTAssertEqual(
      losses.indices.map { configuration.hasPlateau(Array(losses[...$0])) },
      [false, false, false, false, false, false, false, true])
    configuration.earlyEndEpochs = 2
    XCTAssertTrue(configuration.hasPlateau(Array(losses[...3])))

    // A fold that cannot learn by such steps ends after its first epoch and two more.
    configuration.learningRate = 1e-12
    configuration.epochs = 50
    configuration.batchSize = 5
    let fold = try Splits(SmallFold.composite).folds[1]
    let outcome = try FoldTrainer(
      model: SmallFold.model, configuration: configuration,
      fold: TrainingFold(fold, of: SmallFold.composite), group: .init(nil, shards: 4),
      context: CPUBackend(threads: 1)
    ).run(logitsOfEveryEpoch: true)
    XCTAssertEqual(outcome?.losses.count, 3)
    XCTAssertEqual(outcome?.logitsOfEveryEpoch?.count, 3)
  }

  // MARK: - All at once

  func testThreadsDoNotMatterAndEveryPartDoes() throws {
    let outcome = try SmallFold.trainer(recipe: true).run(logitsOfEveryEpoch: true)
    for threads in [2, 3] {
      XCTAssertEqual(
        try SmallFold.trainer(recipe: true, threads: threads).run(logitsOfEveryEpoch: true), outcome
      )
    }
    var hashes: Set = [try XCTUnwrap(outcome).weightsSHA256]
    let fold = try Splits(SmallFold.composite).folds[1]
    let changes: [(inout TrainingConfiguration, inout AugmentationConfiguration) -> Void] = [
      { training, _ in training.optimizer = .adam },
      { training, _ in training.noDecay = [] },
      { training, _ in training.schedule = .constant },
      { training, _ in training.warmupEpochs = 0 },
      { training, _ in training.labelSmoothing = 0 },
      { training, _ in training.classWeights = .none },
      { training, _ in training.clipNorm = 0 },
      { training, _ in training.ema = 0 },
      { _, augmentation in augmentation.mirror = 0 },
      { _, augmentation in augmentation.shift = 0 },
      { _, augmentation in augmentation.motion = 0 },
      { _, augmentation in augmentation.noise = 0 },
      { _, augmentation in augmentation.mixup = 0 },
    ]
    for change in changes {
      var (training, augmentation) = SmallFold.recipe
      training.epochs = SmallFold.epochs
      training.batchSize = 5
      training.learningRate = 5e-3
      training.shuffle = true
      change(&training, &augmentation)
      let other = try FoldTrainer(
        model: SmallFold.model, configuration: training,
        fold: TrainingFold(fold, of: SmallFold.composite, scaling: .standard),
        augmentation: augmentation, regions: .corrected, group: .init(nil, shards: 4),
        context: CPUBackend(threads: 1)
      ).run(logitsOfEveryEpoch: true)
      hashes.insert(try XCTUnwrap(other).weightsSHA256)
    }
    XCTAssertEqual(hashes.count, 1 + changes.count)
  }

  /// 60 epochs of 4 batches leave 0.999^240 of the initial weights in the average.
  func testWhatTheAverageKeepsOfTheInitialWeights() {
    var training = TrainingConfiguration()
    (training.epochs, training.batchSize) = (60, 128)
    XCTAssertEqual(training.initialShare(clips: 440), 0)
    training.ema = 0.999
    XCTAssertEqual(training.initialShare(clips: 440), 0.78654, accuracy: 1e-5)
    // 0.05^(1/240) is 0.98759, and ln 0.05 / ln 0.999 updates are 748.6 epochs.
    XCTAssertEqual(training.shorterAverage(clips: 440), 0.987, accuracy: 1e-12)
    XCTAssertEqual(training.epochsForAverage(clips: 440), 749)
    var shorter = training
    shorter.ema = training.shorterAverage(clips: 440)
    XCTAssertLessThan(shorter.initialShare(clips: 440), TrainingConfiguration.mostInitialShare)
    for (epochs, isEnough) in [(748, false), (749, true)] {
      training.epochs = epochs
      XCTAssertEqual(training.initialShare(clips: 440) < 0.05, isEnough)
    }
  }
}
