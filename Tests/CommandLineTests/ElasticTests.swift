import Cluster
import Console
import Foundation
import Job
import RunStore
import TestSupport
import XCTest

/// Ranks that have nothing more to do join the others: this bundle runs the job itself on four ranks, as
/// if a change cost nothing (`ElasticScene`).
final class ElasticTests: TrainingTestCase {
  func testIdleRanksJoinAndNoBitChanges() throws {
    let ended = try run(
      Mpirun.command(ranks: 4, [Self.bundle, "CommandLineTests.ElasticScene/testTrain"]),
      environment: Mpirun.environment.merging([ElasticScene.variable: scratch]) { $1 })
    XCTAssertEqual(ended.status, 0, ended.output + ended.errors)
    let started = try RunFiles(path("run")).ledger().filter {
      $0["event"] as? String == "fold-started"
    }
    let sizes = started.compactMap { ($0["ranks"] as? [Int])?.count }
    // Three folds on four ranks. The first ends in half the time, and its ranks join the others.
    XCTAssertEqual(sizes.prefix(3).sorted(), [1, 1, 2])
    XCTAssertTrue(sizes.dropFirst(3).contains { $0 > 1 }, "\(sizes)")
    XCTAssertTrue(
      ended.errors.contains(/goes on after epoch [0-9]+, step [0-9]+ on [24] ranks/), ended.errors)

    assertSuccess(try htnet(arguments("alone", ElasticScene.overrides)))
    XCTAssertEqual(try report("run"), try report("alone"))
  }
}

/// What a rank of `ElasticTests` does.
final class ElasticScene: XCTestCase {
  static let variable = "HTNET_TEST_ELASTIC"
  static let overrides = [
    "training.threads_per_rank=1", "training.epochs=600", "folds.include=[sub01,sub02,001]",
  ]

  func testTrain() throws {
    guard let directory = ProcessInfo.processInfo.environment[Self.variable] else {
      throw XCTSkip("runs under mpirun, started by ElasticTests")
    }
    ConsoleHandler.bootstrap()
    XCTAssertEqual(
      TrainingJob.run(
        TrainRequest(
          configuration: directory + "/config.yaml", data: directory + "/data",
          run: directory + "/run", overrides: Self.overrides),
        version: "test", costOfYield: 0), 0)
  }
}
