import RunStore
import Tasks
import XCTest

/// `htnet inspect` says what is in a run and its files, and finds what is damaged or missing.
final class InspectTests: CommandLineTestCase {
  /// Inspects, and checks the status and that each of `parts` is in what is said.
  @discardableResult
  private func inspect(
    _ arguments: [String], status: Int32 = 0, says parts: [String],
    file: StaticString = #filePath, line: UInt = #line
  ) throws -> String {
    let ended = try htnet(["inspect"] + arguments)
    XCTAssertEqual(ended.status, status, ended.output + ended.errors, file: file, line: line)
    for part in parts {
      XCTAssertTrue(
        ended.output.contains(part), "no \(part) in \(ended.output)", file: file, line: line)
    }
    XCTAssertEqual(ended.output.contains("DAMAGED"), status == 1, file: file, line: line)
    return ended.output
  }

  /// Changes one bit in the middle of a file.
  private func flip(_ path: String) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.count / 2] ^= 4
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  func testAWholeRunAndItsFiles() throws {
    let run = try StoppedRun(self)
    let files = RunFiles(run.path)
    let text = try inspect(
      [run.path],
      says: [
        "run: 1 of 2 folds finished", "1 rank on ",
        "sub01: finished, \(StoppedRun.epochs) epochs, weights_sha256 ", "001: has checkpoints",
        "of \(StoppedRun.epochs)", ", full, 1 part, ",
      ])
    XCTAssertNil(text.firstMatch(of: /\b1 [a-z]+s\b/), text)
    XCTAssertNil(text.firstMatch(of: /epoch 0/), text)
    try inspect(["--verify", run.path], says: ["every hash is right"])

    try inspect(
      ["--verify", files.manifestPath("001")],
      says: ["manifest.json: checkpoints of fold 001", "  generation "])
    let part = try files.newestPart("001")
    try inspect([part], says: ["a part of a checkpoint", "split: 001", "weights: U8 [4, "])
    try inspect([part, "--verify"], says: ["every frame's checksum is right"])
    try inspect([run.path + "/ledger.jsonl"], says: ["a run's ledger, ", " records, whole"])
    try inspect(
      [run.path + "/folds/sub01/result.json"],
      says: ["the result of fold sub01, \(StoppedRun.epochs) epochs"])
    try inspect(
      [run.path + "/folds/sub01/weights.safetensors"],
      says: ["the tensors have this weights_sha256"])
  }

  func testDamagedCheckpoints() throws {
    let run = try StoppedRun(self)
    let files = RunFiles(run.path)
    let part = try files.newestPart("001")
    let whole = try Data(contentsOf: URL(fileURLWithPath: part))
    try flip(part)
    try inspect([part, "--verify"], status: 1, says: ["DAMAGED: \(part): "])
    try inspect(
      [files.manifestPath("001"), "--verify"], status: 1,
      says: ["DAMAGED: \(part): ", "the manifest"])
    let text = try inspect([run.path, "--verify"], status: 1, says: ["DAMAGED: \(part): "])
    XCTAssertFalse(text.contains("every hash is right"), text)
    // Without --verify sizes are compared.
    try inspect([run.path], says: ["has checkpoints"])
    try whole.dropLast(10).write(to: URL(fileURLWithPath: part))
    try inspect(
      [run.path], status: 1,
      says: ["\(part): has \(whole.count - 10) bytes, but the manifest says \(whole.count)"])
    try FileManager.default.removeItem(atPath: part)
    for verify in [[], ["--verify"]] {
      try inspect([run.path] + verify, status: 1, says: ["DAMAGED: \(part): is missing"])
    }
    try flip(files.manifestPath("001"))
    try inspect(
      [run.path], status: 1,
      says: ["001: has checkpoints", "DAMAGED: \(files.manifestPath("001")): is damaged"])
  }

  func testDamagedResultsAndWeights() throws {
    let run = try StoppedRun(self)
    let weights = run.path + "/folds/sub01/weights.safetensors"
    try flip(weights)
    try inspect([run.path], says: ["sub01: finished"])
    try inspect(
      [run.path, "--verify"], status: 1,
      says: ["\(weights): does not hold the weights of the fold's result"])
    try inspect([weights], status: 1, says: ["do not have the weights_sha256"])
    try FileManager.default.removeItem(atPath: weights)
    for verify in [[], ["--verify"]] {
      try inspect([run.path] + verify, status: 1, says: ["DAMAGED: \(weights): is missing"])
    }
    try flip(run.path + "/folds/sub01/result.json")
    let text = try inspect(
      [run.path], status: 1,
      says: [
        "0 of 2 folds finished", "result.json: is not the result that the ledger knows",
        "sub01: its result is damaged or missing: the next job trains it again",
      ])
    XCTAssertFalse(text.contains("not begun"), text)
    let config = run.path + "/config.yaml"
    try (String(contentsOfFile: config, encoding: .utf8) + "# mine\n").write(
      toFile: config, atomically: false, encoding: .utf8)
    try inspect(
      [run.path], status: 1, says: ["config.yaml: is not the file that the run was begun with"])
    try FileManager.default.removeItem(atPath: config)
    try inspect([run.path], status: 1, says: ["config.yaml: is missing"])
  }

  /// The key may change from job to job: what counts is the job that finished the fold.
  func testWeightsThatWereNotKeptAreNotMissing() throws {
    let run = try StoppedRun(self)
    assertSuccess(try htnet(run.command + ["--set", "training.keep_weights=false"]))
    XCTAssertFalse(
      FileManager.default.fileExists(atPath: run.path + "/folds/001/weights.safetensors"))
    for verify in [[], ["--verify"]] {
      try inspect([run.path] + verify, says: ["2 of 2 folds finished", "001: finished"])
    }
  }

  /// What a job replaces or removes while it is looked at is not damaged.
  func testARunThatIsBeingTrained() throws {
    let run = try StoppedRun(self)
    let child = try startHtnet(run.command)
    let manifest = RunFiles(run.path).manifestPath("001")
    var looks = 0
    while child.poll() == nil {
      try inspect([run.path, "--verify"], says: ["run: "])
      // It may be gone at once.
      let ended = try htnet(["inspect", "--verify", manifest])
      XCTAssertFalse(ended.output.contains("DAMAGED"), ended.output)
      looks += 1
    }
    XCTAssertEqual(try child.wait(), 0, child.errors)
    XCTAssertGreaterThan(looks, 3, "the run was over too soon to show anything")
    try inspect(
      [run.path, "--verify"], says: ["2 of 2 folds finished", "every hash is right"])
  }

  func testLostRanksOfEachJobAndEventsThatNobodyKnows() throws {
    let run = try StoppedRun(self)
    let ledger = try LedgerWriter(path: run.path + "/ledger.jsonl")
    try ledger.append(
      .rankLost(
        .init(
          time: LedgerRecord.now, rank: 0, host: "node7", task: TaskKey(split: "001"), cause: "c")))
    let time = try XCTUnwrap(RunFiles(run.path).ledger().first?["time"] as? String)
    let loss = "\n  job 1 at \(time) lost 1 of 1 rank: rank 0 on node7\n"
    XCTAssertFalse(try inspect([run.path], says: [loss]).contains("does not know"))
    try ledger.append(.other(.init(event: "rank-fed", time: "t")))
    let unknown =
      "/ledger.jsonl: 1 record of events that this htnet does not know (rank-fed) is passed over"
    try inspect([run.path, "--verify"], says: [loss, unknown, "every hash is right"])
    try inspect([run.path + "/ledger.jsonl"], says: [" records, whole\n", unknown])
    // The run goes on, and says so too.
    let ended = try htnet(run.command)
    assertSuccess(ended)
    XCTAssertTrue(ended.errors.contains(unknown), ended.errors)
    XCTAssertFalse(ended.errors.contains("lost"), ended.errors)
  }

  /// A fold that goes on from a checkpoint is said to, as long as its job lives.
  func testAFoldThatIsTrainedFromACheckpoint() throws {
    let run = try StoppedRun(self)
    XCTAssertFalse(
      try inspect([run.path], says: ["001: has checkpoints"]).contains("is being trained"))
    let child = try startHtnet(run.command)
    var running = 0
    while child.poll() == nil {
      let text = try inspect([run.path], says: ["run: "])
      if text.contains(#/001: has checkpoints, and is being trained since \d{4}-/#) { running += 1 }
    }
    XCTAssertEqual(try child.wait(), 0, child.errors)
    XCTAssertGreaterThan(running, 0, "the run was over too soon to show anything")
    XCTAssertFalse(try inspect([run.path], says: ["001: finished"]).contains("is being trained"))
  }

  /// What has begun is said to have, before it has a checkpoint, while it runs and when its job is gone.
  func testAFoldThatHasBegunAndHasNoCheckpoint() throws {
    let command =
      ["train", "--data", try synthesize(), "--run", path("run")]
      + [
        "model.dim=6", "model.block_repeats=1,1,1", "training.epochs=1000000",
        "folds.include=sub01,001,s1",
      ].flatMap { ["--set", $0] }
    let files = RunFiles(path("run"))
    let child = try startHtnet(ranks: 2, command)
    try child.waitUntil("two folds of") { try files.subjects("fold-started").count == 2 }
    let started = try files.ledger().filter { $0["event"] as? String == "fold-started" }
    func line(_ index: Int) throws -> String {
      let (fold, rank) = (started[index], try XCTUnwrap(started[index]["ranks"] as? [Int]))
      return
        "  \(RunFiles.split(fold) ?? ""): begun at \(fold["time"] ?? "") on rank \(rank[0]), no "
        + "checkpoint yet"
    }
    let others = ["0 of 3 folds finished; the ledger", "  s1: not begun\n"]
    try inspect([path("run")], says: try [line(0) + "\n", line(1) + "\n"] + others)
    child.signal(SIGKILL)
    _ = try child.wait()
    XCTAssertEqual(SessionProcesses.left(in: child.identifier), [:])
    // The ledger has no word of the end, but nobody holds the run.
    let isOver = "; its job is over, so the next one begins it again\n"
    try inspect([path("run")], says: try [line(0) + isOver, line(1) + isOver] + others)
    // The next job, alone, has begun the first fold again, and knows nothing of the second.
    let next = try startHtnet(command)
    try next.waitUntil("a fold of") { try files.subjects("fold-started").count == 3 }
    try inspect(
      [path("run")],
      says: try [line(1) + "; its job is over, so the next one begins it again\n"] + others)
    next.signal(SIGKILL)
    _ = try next.wait()
  }

  /// A job trains the fold again whose result is damaged.
  func testAFoldThatIsTrainedAgainBecauseItsResultIsDamaged() throws {
    let run = try StoppedRun(self)
    try flip(run.path + "/folds/sub01/result.json")
    let files = RunFiles(run.path)
    let child = try startHtnet(run.command + ["--set", "checkpoint.every_seconds=3600"])
    try child.waitUntil("the fold's second beginning in") {
      try files.subjects("fold-started").filter { $0 == "sub01" }.count == 2
    }
    child.signal(SIGSTOP)
    let again = try XCTUnwrap(
      files.ledger().last { $0["event"] as? String == "fold-started" }?["time"] as? String)
    try inspect(
      [run.path], status: 1,
      says: [
        "  sub01: its result is damaged or missing; it was begun at \(again) on rank 0, no "
          + "checkpoint yet\n"
      ])
    child.signal(SIGKILL)
    _ = try child.wait()
  }

  func testWhatIsNoRunIsRefusedInOneWordingByAll() throws {
    try FileManager.default.createDirectory(
      atPath: path("empty"), withIntermediateDirectories: false)
    let commands = [
      ["report"], ["export", "--fold", "sub01", "--output", path("out.safetensors")], ["inspect"],
    ]
    for command in commands {
      let ended = try htnet(command + [path("empty")])
      XCTAssertEqual(ended.status, 2)
      XCTAssertEqual(
        ended.errors,
        "htnet: \(path("empty")): is no run directory: it has neither config.yaml nor ledger.jsonl\n"
      )
    }
    for command in commands.dropLast() {
      let ended = try htnet(command + [path("none")])
      XCTAssertEqual(ended.status, 2)
      XCTAssertEqual(
        ended.errors, "htnet: \(path("none")): is no run directory: it does not exist\n")
    }
    let ended = try htnet(["inspect", path("none")])
    XCTAssertEqual(ended.status, 2)
    XCTAssertTrue(ended.errors.contains("none: there is no such file or run"), ended.errors)
  }
}
