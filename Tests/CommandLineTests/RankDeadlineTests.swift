import Cluster
import Console
import Foundation
import Job
import RunStore
import TestSupport
import XCTest

/// Deadlines of a whole job, which here are some seconds instead of ten minutes: this bundle runs the job
/// itself on two ranks (`RankDeadlineScene`).
final class RankDeadlineTests: TrainingTestCase {
  override class var epochs: Int { 150 }

  private func play(_ scene: String) throws -> Ended {
    try run(
      Mpirun.command(
        ranks: 2, [Self.bundle, "CommandLineTests.RankDeadlineScene/\(scene)"]),
      environment: Mpirun.environment.merging([RankDeadlineScene.variable: scratch]) { $1 })
  }

  func testStartThatTakesLongerThanTheDeadlineIsNoDeath() throws {
    let ended = try play("testSlowStart")
    XCTAssertEqual(ended.status, 0, ended.output + ended.errors)
    XCTAssertEqual(
      ended.output.components(separatedBy: "testSlowStart' passed").count - 1, 2, ended.output)
    XCTAssertEqual(try RunFiles(path("run")).events().last, "run-finished")
  }

  /// The other group has nothing to do and keeps asking, so that nobody waits for the stopped one.
  func testGroupOfOneStoppedRankEndsTheJob() throws {
    let ended = try play("testStoppedGroup")
    XCTAssertEqual(ended.status, 70, ended.output + ended.errors)
    let host = ProcessInfo.processInfo.hostName
    let group = "group 1 (rank 1 on \(host)) has said nothing since "
    XCTAssertTrue(ended.errors.contains("htnet: warning: " + group), ended.errors)
    // More where a step took over two seconds.
    XCTAssertNotNil(ended.errors.firstMatch(of: /after [0-9]+ s the job ends\n/), ended.errors)
    XCTAssertTrue(
      ended.errors.contains("htnet: coordinator: " + group), ended.errors)
    // Where it was, which it had told or not.
    let standing =
      "at fold (sub01|001), (last heard of in epoch [0-9]+ of 1000000|of which it has reported no step)"
    for end in [
      "(, and its longest step took [0-9.]+ s)?: a rank may", ": a rank is stopped, dead",
    ] {
      XCTAssertNotNil(
        ended.errors.range(of: " s, \(standing)\(end)", options: .regularExpression),
        ended.errors)
    }
    // The group that lives has stopped in good order, and the ledger says why.
    let files = RunFiles(path("run"))
    let last = try XCTUnwrap(files.ledger().last)
    XCTAssertEqual(last["event"] as? String, "job-stopped")
    XCTAssertTrue((last["reason"] as? String)?.hasPrefix(group) == true, "\(last)")
    let started = try files.ledger().filter { $0["event"] as? String == "fold-started" }
    let alive = try XCTUnwrap(
      started.first { $0["ranks"] as? [Int] == [0] }.flatMap(RunFiles.split))
    XCTAssertTrue(
      FileManager.default.fileExists(atPath: files.manifestPath(alive)), ended.errors)
    let inspected = try htnet(["inspect", path("run"), "--verify"])
    assertSuccess(inspected)
    XCTAssertTrue(
      inspected.output.contains("  \(alive): has checkpoints"), inspected.output)
  }
}

/// What a rank of `RankDeadlineTests` does.
final class RankDeadlineScene: XCTestCase {
  static let variable = "HTNET_TEST_RANK_DEADLINE"

  /// - Parameter overrides: Of the configuration.
  private func train(_ overrides: [String], deadline: Double?) throws -> Int32 {
    let directory = try self.directory()
    ConsoleHandler.bootstrap()
    return TrainingJob.run(
      TrainRequest(
        configuration: directory + "/config.yaml", data: directory + "/data",
        run: directory + "/run", overrides: ["training.threads_per_rank=1"] + overrides),
      version: "test", deadline: deadline)
  }

  private func directory() throws -> String {
    guard let directory = ProcessInfo.processInfo.environment[Self.variable] else {
      throw XCTSkip("runs under mpirun, started by RankDeadlineTests")
    }
    return directory
  }

  private static let endless = [
    "folds.include=[sub01,001]", "cluster.ranks_per_fold=1", "training.epochs=1000000",
  ]

  private var isFirst: Bool { Launcher().rank == 0 }

  /// A new job waits for the last rank of the one before; here rank 0 itself plays that.
  func testSlowStart() throws {
    let run = RunDirectory(try directory() + "/run")
    if isFirst {
      try FileManager.default.createDirectory(
        atPath: run.path, withIntermediateDirectories: true)
      XCTAssertTrue(FileManager.default.createFile(atPath: run.lockPath, contents: Data()))
      let lock = try XCTUnwrap(RankLock(run) { XCTFail($0) })
      DispatchQueue.global().asyncAfter(deadline: .now() + 5.7) {
        withExtendedLifetime(lock) {}
      }
    }
    XCTAssertEqual(
      try train(["folds.include=[sub01,001]", "cluster.ranks_per_fold=1"], deadline: 4), 0)
  }

  func testStoppedGroup() throws {
    let ledger = RunDirectory(try directory() + "/run").ledgerPath
    if !isFirst {
      // Both folds have begun by then, and are far from their end.
      DispatchQueue.global().async {
        while true {
          let text = (try? String(contentsOfFile: ledger, encoding: .utf8)) ?? ""
          if text.components(separatedBy: "fold-started").count > 2 { raise(SIGSTOP) }
          usleep(10_000)
        }
      }
    }
    XCTFail(
      "ended with status "
        + "\(try train(Self.endless + ["cluster.stall_seconds=10"], deadline: nil))"
    )
  }
}
