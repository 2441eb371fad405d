import Digest
import Foundation
import TestSupport
import XCTest

/// Disks that fail while checkpoints are read or written, and checkpoints of a later program.
final class CheckpointFaultTests: CommandLineTestCase {
  private var data = ""
  private let fold = "sub01"

  override func setUpWithError() throws {
    try super.setUpWithError()
    data = try synthesize(subjects: 3, clips: 2)
  }

  /// Few or endlessly many steps of one fold or of all three.
  private func arguments(
    _ run: String, epochs: Int = 3, allFolds: Bool = false, _ settings: [String] = []
  ) -> [String] {
    [
      "train", "--data", data, "--run", path(run), "--set", "model.dim=6", "--set",
      "model.block_repeats=1,1,1", "--set", "training.batch_size=4", "--set",
      "training.epochs=\(epochs)",
    ] + ((allFolds ? [] : ["folds.include=\(fold)"]) + settings).flatMap { ["--set", $0] }
  }

  private func checkpoints(_ run: String) -> String { path(run) + "/folds/\(fold)/checkpoint" }

  private func launch(_ ranks: Int?, _ arguments: [String], _ fault: [String: String] = [:]) throws
    -> Ended
  {
    try self.run(command(ranks: ranks, arguments), environment: environment(fault))
  }

  /// Leaves a run that was stopped after its first step.
  private func stopAfterOneStep(_ run: String, ranks: Int?, _ arguments: [String]) throws {
    // The coordinator's second record says that the fold begins.
    let ended = try launch(
      ranks, arguments,
      fault("write", 2, "usr1", in: path(run) + "/ledger.jsonl", rank: ranks.map { _ in 0 }))
    XCTAssertEqual(ended.status, 75, ended.errors)
    XCTAssertFalse(ended.errors.contains("could not be saved"), ended.errors)
  }

  func testWhatCannotBeReadIsNotDamage() throws {
    // A program tries for a second to read.
    try sideBySide([nil, 2] as [Int?]) { ranks in
      let run = "run-\(ranks ?? 1)"
      try stopAfterOneStep(run, ranks: ranks, arguments(run))
      let before = snapshot(of: checkpoints(run))
      XCTAssertEqual(before.count, 1 + (ranks ?? 1))
      var number = 0
      while true {
        // Later reads are much alike.
        number += number < 8 ? 1 : 11
        let kind = ["eio", "estale", "emfile", "eacces"][number % 4]
        let ended = try launch(
          ranks, arguments(run),
          fault(
            "read", number, kind, in: checkpoints(run), rank: ranks.map { $0 - 1 }, stays: true,
            of: run))
        guard faultHappened(of: run) else {
          assertSuccess(ended)
          XCTAssertTrue(ended.errors.contains("goes on after epoch 0, step 1"), ended.errors)
          break
        }
        XCTAssertEqual(ended.status, 74, ended.errors)
        XCTAssertTrue(ended.errors.contains("nothing was removed or begun anew"), ended.errors)
        try assertSetAside(ended.errors, run, finished: 0, of: 1)
        XCTAssertEqual(snapshot(of: checkpoints(run)), before, ended.errors)
      }
      XCTAssertGreaterThan(number, 5, "reads were disturbed")
    }
  }

  /// Says once that the fold is set aside, and why the job ends.
  private func assertSetAside(_ errors: String, _ run: String, finished: Int, of folds: Int) throws
  {
    XCTAssertEqual(
      errors.components(separatedBy: "fold \(fold) is set aside in this job").count, 2, errors)
    XCTAssertTrue(
      errors.contains(
        "1 fold set aside, as checkpoints cannot be read: \(fold)): \(finished) of \(folds) folds are "
          + "finished; run the same command again"), errors)
    let last = try XCTUnwrap(RunFiles(path(run)).ledger().last)
    XCTAssertEqual(last["event"] as? String, "job-stopped")
    XCTAssertEqual((last["reason"] as? String)?.contains("cannot be read: \(fold)"), true, errors)
  }

  /// Parts of the fold's checkpoint cannot be read by any rank, or by one of two.
  private func unreadable(_ run: String, rank: Int? = nil) throws -> [String: String] {
    try fault("read", 1, "eio", in: checkpoints(run), rank: rank, stays: true)
      .merging(["FAULT_FILES": "generation-*"]) { $1 }
  }

  private func report(_ run: String) throws -> Data {
    assertSuccess(try htnet(["report", path(run)]))
    return try RunFiles(path(run)).report("report.json")
  }

  func testOtherFoldsAreTrainedWhileOneCannotBeRead() throws {
    assertSuccess(try launch(2, arguments("undisturbed", allFolds: true)))
    // One group, in which one rank cannot read; two groups, in which nobody can.
    for (ranksPerFold, rank) in [(2, 1), (1, nil)] {
      let run = "run-\(ranksPerFold)"
      try stopAfterOneStep(
        run, ranks: 2, arguments(run, allFolds: true, ["cluster.ranks_per_fold=2"]))
      let before = snapshot(of: checkpoints(run))
      XCTAssertEqual(before.count, 3)
      let command = arguments(run, allFolds: true, ["cluster.ranks_per_fold=\(ranksPerFold)"])
      let ended = try launch(2, command, unreadable(run, rank: rank))
      XCTAssertTrue(faultHappened)
      XCTAssertEqual(ended.status, 74, ended.errors)
      XCTAssertTrue(ended.errors.contains("move it away"), ended.errors)
      try assertSetAside(ended.errors, run, finished: 2, of: 3)
      XCTAssertEqual(snapshot(of: checkpoints(run)), before)
      let files = RunFiles(path(run))
      // Before the fault, and by every group with it.
      XCTAssertEqual(
        try files.subjects("fold-started").count { $0 == fold }, 1 + 2 / ranksPerFold)
      XCTAssertFalse(try files.subjects("fold-finished").contains(fold))
      XCTAssertFalse(try files.events().contains("run-finished"))

      let next = try launch(2, command)
      assertSuccess(next)
      XCTAssertTrue(next.errors.contains("fold \(fold) goes on after epoch 0, step 1"), next.errors)
      XCTAssertEqual(try files.subjects("fold-finished").count, 3)
      XCTAssertEqual(try report(run), try report("undisturbed"))
    }
  }

  /// One host's fault keeps no other from training what it can read.
  func testWhatOneGroupCannotReadAnotherTrains() throws {
    let run = "run"
    try stopAfterOneStep(run, ranks: 2, arguments(run, allFolds: true))
    let ended = try launch(
      2, arguments(run, allFolds: true),
      fault("read", 1, "estale", in: path(run) + "/folds", rank: 1, stays: true))
    XCTAssertTrue(faultHappened)
    assertSuccess(ended)
    XCTAssertTrue(ended.errors.contains("is left to other ranks than 1"), ended.errors)
    XCTAssertFalse(ended.errors.contains("set aside"), ended.errors)
    XCTAssertTrue(ended.errors.contains("fold \(fold) goes on after epoch 0"), ended.errors)
    XCTAssertEqual(Set(try RunFiles(path(run)).subjects("fold-finished")).count, 3)
  }

  func testStopWhileAFoldIsSetAsideTellsBoth() throws {
    let command = arguments(
      "run", epochs: 1_000_000, allFolds: true, ["cluster.ranks_per_fold=2"])
    try stopAfterOneStep("run", ranks: 2, command)
    let before = snapshot(of: checkpoints("run"))
    let child = try start(
      self.command(ranks: 2, command), environment: environment(unreadable("run")))
    try child.waitUntil("another fold of") {
      try RunFiles(path("run")).subjects("fold-started").last != fold
    }
    child.signal(SIGUSR1)
    XCTAssertTrue(
      Mpirun.mayEnd(with: try child.wait(timeout: 30), forRanks: 75), child.errors)
    XCTAssertNotNil(
      child.errors.firstMatch(of: /stopped \(.+ on rank .+; 1 fold set aside/), child.errors)
    XCTAssertFalse(child.errors.contains("could not be saved"), child.errors)
    try assertSetAside(child.errors, "run", finished: 0, of: 3)
    XCTAssertEqual(snapshot(of: checkpoints("run")), before)
  }

  func testSupervisorTriesAFoldThatIsSetAsideAgain() throws {
    try stopAfterOneStep("run", ranks: nil, arguments("run"))
    let ended = try launch(
      nil, arguments("run") + ["--restarts", "1", "--ranks", "1"], unreadable("run"))
    XCTAssertEqual(ended.status, 74, ended.errors)
    XCTAssertEqual(
      ended.errors.components(separatedBy: "is set aside in this job").count, 3, ended.errors)
    XCTAssertTrue(
      ended.errors.contains("ended with status 74, and 1 restart is used up"), ended.errors)
  }

  func testWhatIsFinishedIsNotDoneAgainBecauseItCannotBeRead() throws {
    assertSuccess(try launch(nil, arguments("run")))
    let before = snapshot(of: path("run"))
    for file in ["folds/\(fold)/result.json", "ledger.jsonl", "config.yaml"] {
      // Opening it, and reading from it.
      for number in 1...2 {
        let whole = path("run") + "/" + file
        let ended = try launch(nil, arguments("run"), fault("read", number, "eio", in: whole))
        XCTAssertTrue(faultHappened)
        XCTAssertEqual(ended.status, 74, ended.errors)
        XCTAssertTrue(ended.errors.contains("\(whole): cannot"), ended.errors)
        XCTAssertTrue(ended.errors.contains("nothing was removed or begun anew"), ended.errors)
        XCTAssertEqual(snapshot(of: path("run")), before)
      }
    }
  }

  func testInputThatCannotBeReadIsNotWrong() throws {
    let labels = data + "/combined_3_class2_for_optical_flow.csv"
    let images = data + "/STSNet_whole_norm_u_v_os"
    let config = path("config.yaml")
    try "training: {batch_size: 4}\n".write(toFile: config, atomically: false, encoding: .utf8)
    for place in [labels, images, config] {
      for number in 1...2 {
        let ended = try launch(
          nil, arguments("run") + ["--config", config], fault("read", number, "eio", in: place))
        XCTAssertTrue(faultHappened)
        XCTAssertEqual(ended.status, 74, ended.errors)
        XCTAssertTrue(ended.errors.contains("\(place)"), ended.errors)
        XCTAssertTrue(ended.errors.contains("Input/output error"), ended.errors)
        XCTAssertTrue(ended.errors.contains("run the same command again"), ended.errors)
        XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
      }
    }
  }

  func testALaterFormatIsRefusedBeforeAnyWork() throws {
    try stopAfterOneStep("run", ranks: nil, arguments("run"))
    let manifest = checkpoints("run") + "/manifest.json"
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    let content = try XCTUnwrap(text.firstMatch(of: /\{"manifest":(.+),"sha256":"[0-9a-f]+"\}\n/))
    let later = String(content.1).replacing("\"format\":2", with: "\"format\":3,\"new\":[1]")
      .replacing("\"task\"", with: "\"person\"")
    let hash = SHA256.hexadecimal(of: Data(later.utf8))
    for sum in [hash, String(hash.reversed())] {
      try "{\"manifest\":\(later),\"sha256\":\"\(sum)\"}\n".write(
        toFile: manifest, atomically: false, encoding: .utf8)
      let before = snapshot(of: path("run"))
      for ranks in [nil, 2] {
        let ended = try launch(ranks, arguments("run"))
        XCTAssertEqual(ended.status, 2, ended.errors)
        XCTAssertTrue(ended.errors.contains("\(manifest): is of format 3"), ended.errors)
        XCTAssertTrue(ended.errors.contains("use a newer htnet"), ended.errors)
        XCTAssertEqual(snapshot(of: path("run")), before)
      }
    }
    // A changed number in a manifest of ours locks nobody out.
    try text.replacing("\"format\":2", with: "\"format\":4").write(
      toFile: manifest, atomically: false, encoding: .utf8)
    let ended = try launch(nil, arguments("run"))
    assertSuccess(ended)
    XCTAssertTrue(ended.errors.contains("manifest.json: is damaged"), ended.errors)
  }

  /// One rank's disk is full: no checkpoint counts any more, and none of its parts stays.
  func testCheckpointsThatOneRankCannotWriteAreRemoved() throws {
    let endless = arguments(
      "run", epochs: 1_000_000, ["cluster.ranks_per_fold=2", "checkpoint.every_seconds=0"])
    try stopAfterOneStep("run", ranks: 2, endless)
    let before = snapshot(of: checkpoints("run"))
    XCTAssertEqual(before.count, 3)
    let child = try start(
      command(ranks: 2, endless),
      environment: environment(
        fault("write", 1, "enospc", in: checkpoints("run"), rank: 1, stays: true)))
    try child.waitUntil("several lost checkpoints of") {
      child.errors.components(separatedBy: "No space left").count > 4
    }
    child.signal(SIGUSR1)
    XCTAssertTrue(
      Mpirun.mayEnd(with: try child.wait(timeout: 30), forRanks: 75), child.errors)
    XCTAssertTrue(
      child.errors.contains(
        "fold \(fold) could not be saved: it goes on after epoch 0, step 1"), child.errors)
    XCTAssertTrue(
      child.errors.contains("this checkpoint is lost, the earlier ones stand"), child.errors)
    XCTAssertEqual(snapshot(of: checkpoints("run")), before)
  }

  /// Starts a run and stops it while it trains, so that its only checkpoint is the last.
  private func stopped(_ run: String, _ fault: [String: String]) throws -> ChildProcess {
    let child = try start(
      command(ranks: nil, arguments(run, epochs: 1_000_000)), environment: environment(fault))
    try child.waitUntil("the fold of") {
      try RunFiles(path(run)).events().contains("fold-started")
    }
    child.signal(SIGUSR1)
    XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
    XCTAssertTrue(faultHappened)
    XCTAssertEqual(try RunFiles(path(run)).events().last, "job-stopped")
    return child
  }

  func testALastCheckpointThatFailsIsTold() throws {
    // The first write is the part's, the second the manifest's.
    for number in 1...2 {
      let run = "run-\(number)"
      let child = try stopped(
        run, fault("write", number, "enospc", in: checkpoints(run), stays: true))
      XCTAssertTrue(
        child.errors.contains(
          "fold \(fold) could not be saved: it starts again from its first epoch"), child.errors)
      XCTAssertTrue(
        child.errors.contains("this checkpoint is lost, and there is no earlier one"), child.errors)
      XCTAssertEqual(snapshot(of: checkpoints(run)).count, 0, child.errors)
    }
  }

  /// The manifest is there when only its directory cannot be synced: what it names must stay.
  func testPartsThatTheManifestNamesStayThoughTheCommitFailed() throws {
    // The part, its directory, the manifest, its directory.
    let child = try stopped("run", fault("sync", 4, "eio", in: checkpoints("run")))
    XCTAssertTrue(child.errors.contains("cannot sync the directory"), child.errors)
    XCTAssertFalse(child.errors.contains("could not be saved"), child.errors)
    XCTAssertEqual(snapshot(of: checkpoints("run")).count, 2, child.errors)
    assertSuccess(try htnet(["inspect", path("run"), "--verify"]))
  }
}
