import Collectives
import Datasets
import HTNetModel
import Kernels
import Training
import XCTest

/// What the pool holds after folds of different sizes, in bytes.
final class FoldMemoryTests: XCTestCase {
  /// Subject i has i + 1 clips, so that every fold has other last batches and another test set.
  private static let composite: Dataset = {
    let clips = (0..<7).flatMap { subject in
      (0...subject).map {
        Clip(dataset: "d", subject: "s\(subject)", name: "c\($0)", label: $0 % 3)
      }
    }
    return Dataset(
      clips: clips, classNames: ["a", "b", "c"], channels: 3, side: 8,
      pixels: .bits8(
        (0..<clips.count * 3 * 64).map { UInt8(truncatingIfNeeded: $0 * $0 % 251) }))
  }()

  /// Trains a fold, and returns the bytes that the pool holds afterwards.
  private func train(_ fold: Fold, _ context: CPUBackend<Float>) throws -> Int {
    var configuration = FoldTrainerTests.configuration
    configuration.epochs = 2
    configuration.batchSize = 9
    let trainer = FoldTrainer(
      model: FoldTrainerTests.model, configuration: configuration,
      fold: TrainingFold(fold, of: Self.composite),
      group: ReductionGroup(nil, shards: configuration.gradientShards), context: context)
    _ = try XCTUnwrap(trainer.run(logitsOfEveryEpoch: true))
    XCTAssertEqual(context.pool.lentBytes, 0)
    return context.pool.heldBytes
  }

  func testAFoldLeavesNoMoreThanItNeedsAlone() throws {
    let folds = try Splits(Self.composite).folds
    XCTAssertEqual(Set(folds.map(\.testClips.count)).count, 7)
    let alone = try folds.map { try train($0, CPUBackend()) }
    XCTAssertGreaterThan(alone.min()!, 100_000)
    let context = CPUBackend<Float>()
    for (fold, bytes) in zip(folds + folds.reversed(), alone + alone.reversed()) {
      XCTAssertEqual(try train(fold, context), bytes, fold.name)
    }
  }

  /// Smaller batches and test sets take the memory of the whole batches.
  func testOtherSizesInsideAFoldCostLittle() throws {
    let folds = try Splits(Self.composite).folds
    // 27 clips to train on are three whole batches, and one is tested.
    let even = try train(folds[0], CPUBackend())
    for fold in folds {
      let bytes = try train(fold, CPUBackend())
      XCTAssertLessThan(Double(bytes), 1.25 * Double(even), fold.name)
    }
  }
}
