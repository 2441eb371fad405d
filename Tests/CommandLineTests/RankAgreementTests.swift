import Collectives
import Datasets
import HTNetModel
import Kernels
import MPI
import Training
import TestSupport
import XCTest

/// Ranks of a group whose weights differ stop with an error that names them.
///
/// No input makes healthy ranks differ, so this bundle runs itself under mpirun and spoils a rank's
/// weights between two steps.
final class RankAgreementTests: CommandLineTestCase {
  private static let flag = "HTNET_TEST_INSIDE_RANKS"

  func testRanksWithOtherWeightsAreNamed() throws {
    let ended = try run(
      Mpirun.command(
        ranks: 3,
        [Self.bundle, "CommandLineTests.RankAgreementTests/testInsideThreeRanks"]),
      environment: Mpirun.environment.merging([Self.flag: "1"]) { $1 })
    XCTAssertEqual(ended.status, 0, ended.output + ended.errors)
    XCTAssertEqual(
      ended.output.components(separatedBy: "testInsideThreeRanks' passed").count - 1, 3,
      ended.output)
    XCTAssertFalse(ended.output.contains("skipped"), ended.output)
  }

  func testInsideThreeRanks() throws {
    guard ProcessInfo.processInfo.environment[Self.flag] != nil else {
      throw XCTSkip("runs under mpirun, started by testRanksWithOtherWeightsAreNamed")
    }
    let environment = try MPI.Environment(deadline: 30)
    XCTAssertEqual(environment.world.size, 3)
    let clips = (0..<9).map {
      Clip(dataset: "smic", subject: "s\($0 / 3)", name: "c\($0)", label: $0 % 3)
    }
    let pixels = (0..<9 * 3 * 28 * 28).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let composite = Dataset(
      clips: clips, classNames: ["a", "b", "c"], channels: 3, side: 28, pixels: .bits8(pixels))
    let fold = try Splits(composite).folds[1]
    var shape = HTNetConfiguration()
    shape.dim = 6
    shape.blockRepeats = [1, 1, 1]
    var training = TrainingConfiguration()
    training.epochs = 3
    training.batchSize = 4
    let trainer = FoldTrainer(
      model: try HTNet(shape), configuration: training,
      fold: TrainingFold(fold, of: composite),
      group: ReductionGroup(environment.world, shards: training.gradientShards),
      context: CPUBackend(threads: 1))
    // One bit of one weight of rank 1, after the second epoch's last update.
    XCTAssertThrowsError(
      try trainer.run(
        logitsOfEveryEpoch: false,
        afterStep: { step in
          if environment.world.rank == 1, step.epoch == 1, step.endsEpoch {
            trainer.weights.pointer[5] = trainer.weights.pointer[5].nextUp
          }
          return .goOn
        })
    ) { error in
      XCTAssertEqual(
        error as? TrainingError, .ranksDiffer(subject: "s1", epoch: 2, ranks: [1]))
      XCTAssertTrue("\(error)".hasPrefix("fold s1, epoch 2: ranks 1 of"), "\(error)")
    }
    try environment.finalize()
  }
}
