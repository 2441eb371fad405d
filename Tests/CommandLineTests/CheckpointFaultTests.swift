import Digest
import Foundation
import XCTest

/// Disks that fail while checkpoints are read or written, and checkpoints of a later program.
final class CheckpointFaultTests: CommandLineTestCase {
  private var data = ""
  private let fold = "sub01"

  override func setUpWithError() throws {
    try super.setUpWithError()
    data = try synthesize(subjects: 3, clips: 2)
  }

  /// One fold of few or endlessly many steps.
  private func arguments(_ run: String, epochs: Int = 3, _ settings: [String] = []) -> [String] {
    [
      "train", "--data", data, "--run", path(run), "--set", "model.dim=6", "--set",
      "model.block_repeats=1,1,1", "--set", "training.batch_size=4", "--set",
      "training.epochs=\(epochs)", "--set", "folds.include=\(fold)",
    ] + settings.flatMap { ["--set", $0] }
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
    for ranks in [nil, 2] {
      let run = "run-\(ranks ?? 1)"
      try stopAfterOneStep(run, ranks: ranks, arguments(run))
      let before = snapshot(of: checkpoints(run))
      XCTAssertEqual(before.count, 1 + (ranks ?? 1))
      var number = 0
      while true {
        // Later reads are much alike.
        number += number < 8 ? 1 : 7
        let kind = ["eio", "estale", "emfile", "eacces"][number % 4]
        let ended = try launch(
          ranks, arguments(run),
          fault(
            "read", number, kind, in: checkpoints(run), rank: ranks.map { $0 - 1 }))
        guard faultHappened else {
          assertSuccess(ended)
          XCTAssertTrue(ended.errors.contains("goes on after epoch 0, step 1"), ended.errors)
          break
        }
        XCTAssertEqual(ended.status, 74, ended.errors)
        XCTAssertTrue(ended.errors.contains("nothing was removed or begun anew"), ended.errors)
        XCTAssertTrue(ended.errors.contains("run the same command again"), ended.errors)
        XCTAssertEqual(snapshot(of: checkpoints(run)), before, ended.errors)
      }
      XCTAssertGreaterThan(number, 5, "reads were disturbed")
    }
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
    // A missing permission is for the user to mend.
    let ended = try launch(nil, arguments("run"), fault("read", 1, "eacces", in: labels))
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertTrue(
      ended.errors.contains("\(labels): cannot open the file: Permission"), ended.errors)
  }

  func testALaterFormatIsRefusedBeforeAnyWork() throws {
    try stopAfterOneStep("run", ranks: nil, arguments("run"))
    let manifest = checkpoints("run") + "/manifest.json"
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    let content = try XCTUnwrap(text.firstMatch(of: /\{"manifest":(.+),"sha256":"[0-9a-f]+"\}\n/))
    let later = String(content.1).replacing("\"format\":1", with: "\"format\":2,\"new\":[1]")
      .replacing("\"subject\"", with: "\"person\"")
    let hash = SHA256.hexadecimal(of: Data(later.utf8))
    for sum in [hash, String(hash.reversed())] {
      try "{\"manifest\":\(later),\"sha256\":\"\(sum)\"}\n".write(
        toFile: manifest, atomically: false, encoding: .utf8)
      let before = snapshot(of: path("run"))
      for ranks in [nil, 2] {
        let ended = try launch(ranks, arguments("run"))
        XCTAssertEqual(ended.status, 2, ended.errors)
        XCTAssertTrue(ended.errors.contains("\(manifest): is of format 2"), ended.errors)
        XCTAssertTrue(ended.errors.contains("use a newer htnet"), ended.errors)
        XCTAssertEqual(snapshot(of: path("run")), before)
      }
    }
    // A changed number in a manifest of ours locks nobody out.
    try text.replacing("\"format\":1", with: "\"format\":3").write(
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
    XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
    XCTAssertTrue(
      child.errors.contains(
        "fold \(fold) could not be saved: it goes on after epoch 0, step 1"), child.errors)
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
