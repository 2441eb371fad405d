import Foundation
import TestSupport
import XCTest

/// What a run writes for people who look on, over crashes and in TensorBoard.
final class MetricsTests: TrainingTestCase {
  private static let settings = [
    "training.threads_per_rank=1", "checkpoint.every_seconds=0", "folds.include=[sub01,sub02,001]",
  ]
  private static let folds = ["sub01", "sub02", "001"].map { "folds/\($0)" }

  private func metrics(_ run: String, _ task: String) -> RunMetrics {
    RunMetrics(run: path(run), task: task)
  }

  private func assertAlike(_ run: String, _ other: String, _ tasks: [String]) throws {
    for task in tasks {
      let (mine, theirs) = (metrics(run, task), metrics(other, task))
      try mine.assertWhole(epochs: Self.epochs)
      XCTAssertEqual(try mine.facts(), try theirs.facts(), task)
      XCTAssertEqual(try mine.events().count, try theirs.events().count, task)
    }
  }

  /// mpirun is killed in the middle, and then more is torn than a crash tears.
  func testGoingOnAfterKills() throws {
    let command = Mpirun.command(
      ranks: 2,
      [Self.binary] + arguments("run", Self.settings + ["cluster.ranks_per_fold=1"]))
    for kills in 0..<2 {
      let job = try start(command, environment: Mpirun.environment)
      let files = RunFiles(path("run"))
      var torn: RunMetrics?
      try job.waitUntil("epochs and a checkpoint in", timeout: 120) {
        torn = Self.folds.map { metrics("run", $0) }.first { metrics in
          let manifest = "\(metrics.run)/\(metrics.task)/checkpoint/manifest.json"
          let lines = FileManager.default.contents(atPath: metrics.metricsPath)?.count { $0 == 10 }
          return FileManager.default.fileExists(atPath: manifest) && (lines ?? 0) > 3
        }
        let events = try files.events()
        return torn != nil && events.last == "fold-started"
          && events.count { $0 == "job-started" } == kills + 1
      }
      job.signal(SIGKILL)
      job.end()
      let cut = try XCTUnwrap(torn)
      guard let data = FileManager.default.contents(atPath: cut.metricsPath), kills == 1 else {
        continue
      }
      // Half a line, and an event file that is behind and ends in the middle of a record.
      try (data + Data("{\"epoch\":".utf8)).write(to: URL(fileURLWithPath: cut.metricsPath))
      // It is written after the lines, so a kill may have left none.
      let events = FileManager.default.contents(atPath: cut.eventsPath)
      try events?.dropLast(70).write(to: URL(fileURLWithPath: cut.eventsPath))
    }
    let last = try start(command, environment: Mpirun.environment)
    XCTAssertEqual(try last.wait(timeout: 120), 0, last.errors)
    assertSuccess(try htnet(arguments("undisturbed", Self.settings)))
    try assertAlike("run", "undisturbed", Self.folds)
    XCTAssertEqual(try report("run"), try report("undisturbed"))
    // Nothing that only a running job has is left.
    for name in try names(in: path("run")) {
      XCTAssertFalse(name.contains("progress") || name.hasSuffix(".tmp"), name)
    }
  }

  /// A disk that refuses every kind of operation once costs no epoch, and no status.
  func testRefusedWritesAreMadeGood() throws {
    let settings = [
      "training.threads_per_rank=1", "folds.include=[sub01]", "training.epochs=40",
    ]
    for (place, (operation, kind)) in [
      ("create", "enospc"), ("write", "enospc"), ("sync", "eio"),
    ].enumerated() {
      for file in ["folds/sub01/metrics.jsonl", "tensorboard"] {
        let name = "run-\(place)"
        try? FileManager.default.removeItem(atPath: path(name))
        let ended = try run(
          [Self.binary] + arguments(name, settings),
          environment: fault(operation, 1, kind, in: path(name) + "/" + file))
        assertSuccess(ended)
        XCTAssertTrue(faultHappened, "\(operation) of \(file)")
        XCTAssertTrue(
          ended.errors.contains(
            "training goes on, and what is missing is written when it can be: "),
          ended.errors)
        try metrics(name, "folds/sub01").assertWhole(epochs: 40)
      }
    }
  }

  /// Files for people that cannot be written at all cost a warning, and nothing else.
  func testFilesThatCannotBeWrittenCostNoFold() throws {
    let settings = [
      "training.threads_per_rank=1", "folds.include=[sub01]", "training.epochs=20",
    ]
    let metrics = metrics("run", "folds/sub01")
    let full = try run(
      [Self.binary] + arguments("run", settings),
      environment: fault("write", 1, "enospc", in: metrics.metricsPath, stays: true))
    let goesOn = "; training goes on, and what is missing is written when it can be: "
    try assertIsKept(full, says: goesOn + "free some space")
    // The fold is trained again where a plain file and a pipe stand in the way.
    for (path, kind) in [(path("run/tensorboard"), S_IFREG), (metrics.metricsPath, S_IFIFO)] {
      try? FileManager.default.removeItem(atPath: path)
      try FileManager.default.removeItem(atPath: "\(metrics.run)/\(metrics.task)/result.json")
      XCTAssertEqual(mknod(path, kind | 0o644, 0), 0)
      try assertIsKept(
        htnet(arguments("run", settings)), says: goesOn + "move away what stands in its place")
    }
  }

  /// The only fold is finished, and the user is warned once.
  private func assertIsKept(_ ended: Ended, says words: String, line: UInt = #line) throws {
    assertSuccess(ended, line: line)
    XCTAssertEqual(ended.errors.components(separatedBy: words).count, 2, ended.errors, line: line)
    let inspected = try htnet(["inspect", path("run"), "--verify"])
    assertSuccess(inspected, line: line)
    XCTAssertTrue(inspected.output.contains("1 of 1 fold finished"), inspected.output, line: line)
  }

  /// The labels of the people who are left out change nothing in their fold's files but times.
  func testNothingOfTheTestClipsIsWritten() throws {
    let settings = [
      "training.threads_per_rank=1", "folds.include=[sub01]", "training.epochs=30",
      "evaluation.protocols=last-epoch",
    ]
    assertSuccess(try htnet(arguments("run", settings)))
    let table = data + "/combined_3_class2_for_optical_flow.csv"
    let rows = try String(contentsOfFile: table, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: true
    ).map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let (person, label) = (
      try XCTUnwrap(rows[0].firstIndex(of: "sub")), try XCTUnwrap(rows[0].firstIndex(of: "label"))
    )
    let changed = try rows.map { row -> String in
      var row = row
      if row[person] == "sub01" { row[label] = "\((try XCTUnwrap(Int(row[label])) + 1) % 3)" }
      return row.joined(separator: ",")
    }
    XCTAssertNotEqual(changed, rows.map { $0.joined(separator: ",") })
    try (changed.joined(separator: "\n") + "\n").write(
      toFile: table, atomically: false, encoding: .utf8)
    assertSuccess(try htnet(arguments("changed", settings)))
    let (mine, theirs) = (metrics("run", "folds/sub01"), metrics("changed", "folds/sub01"))
    try mine.assertWhole(epochs: 30)
    XCTAssertEqual(try mine.facts(), try theirs.facts())
    let clips = try XCTUnwrap(RunFiles(path("run")).result("sub01")["clips"] as? [String])
    let files = try [mine.metricsPath, mine.eventsPath].map {
      try XCTUnwrap(FileManager.default.contents(atPath: $0))
    }
    for word in clips + ["logit", "prediction", "uf1", "accuracy", "test"] {
      for file in files { XCTAssertNil(file.range(of: Data(word.utf8)), word) }
    }
  }

  func testEventFilesMayBeOffAndInnerTrainingsHaveTheirs() throws {
    let settings = [
      "training.threads_per_rank=1", "folds.include=[sub01]", "training.epochs=4",
      "evaluation.protocols=nested", "evaluation.nested.splits=2", "training.seeds=[1,2]",
    ]
    assertSuccess(try htnet(arguments("run", settings + ["metrics.tensorboard=false"])))
    XCTAssertFalse(try names(in: path("run")).contains("tensorboard"))
    XCTAssertEqual(try metrics("run", "seed-2/inner-2/folds/sub01").lines().count, 4)
    assertSuccess(try htnet(["inspect", path("run"), "--verify"]))
    assertSuccess(try htnet(arguments("with", settings)))
    for task in [
      "folds/sub01", "inner-1/folds/sub01", "inner-2/folds/sub01", "seed-2/folds/sub01",
      "seed-2/inner-1/folds/sub01", "seed-2/inner-2/folds/sub01",
    ] { try metrics("with", task).assertWhole(epochs: 4) }
    let inspected = try htnet(["inspect", metrics("with", "folds/sub01").metricsPath])
    assertSuccess(inspected)
    XCTAssertTrue(
      inspected.output.contains("epochs of a training, 4 whole lines"), inspected.output)
  }

  // MARK: - TensorBoard itself

  private static let reader =
    ((#filePath as NSString).deletingLastPathComponent as NSString)
    .appendingPathComponent("../../scripts/read-events.py")

  /// Read by the real package after a stop in the middle.
  func testTensorBoardReadsTheEventFiles() throws {
    let python = ProcessInfo.processInfo.environment["HTNET_TEST_PYTHON"] ?? "python3"
    guard (try? run([python, "-c", "import tensorboard"]))?.status == 0 else {
      throw XCTSkip("\(python) has no tensorboard; HTNET_TEST_PYTHON may name one that has")
    }
    let settings = [
      "training.threads_per_rank=1", "checkpoint.every_seconds=0", "folds.include=[sub01]",
      "study={model.dim: [12, 6]}", "training.schedule=cosine",
    ]
    let job = try startHtnet(arguments("run", settings))
    try job.waitUntil("the first epochs of") {
      FileManager.default.contents(atPath: metrics("run", "folds/sub01").metricsPath) != nil
    }
    job.signal(SIGKILL)
    _ = try job.wait()
    assertSuccess(try htnet(arguments("run", settings)))
    let ended = try run([python, Self.reader, path("run/tensorboard")])
    assertSuccess(ended)
    let last = try XCTUnwrap(ended.output.split(separator: "\n").last)
    let said = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: [String: Any]])
    XCTAssertEqual(said.keys.sorted(), ["folds/sub01", "settings/dim%3D6/folds/sub01"])
    for (task, run) in said {
      let metrics = metrics("run", task)
      try metrics.assertWhole(epochs: Self.epochs)
      let scalars = try XCTUnwrap(run["scalars"] as? [String: [[Double]]])
      XCTAssertEqual(scalars.keys.sorted(), ["learning_rate", "loss", "samples_per_second"])
      for (tag, values) in scalars {
        let lines = try metrics.lines().filter { $0[tag] != nil }
        XCTAssertEqual(values.map { $0[0] }, lines.map { $0["epoch"] }, tag)
        XCTAssertEqual(values.map { Float($0[1]) }, lines.map { Float($0[tag] ?? .nan) }, tag)
        XCTAssertEqual(values.map { $0[2] }, lines.map { $0["time"] }, tag)
      }
      let hyperparameters = try XCTUnwrap(run["hparams"] as? [String: Any])
      XCTAssertEqual(hyperparameters["model.dim"] as? Double, task.contains("dim") ? 6 : 12)
      XCTAssertEqual(hyperparameters["fold"] as? String, "sub01")
      XCTAssertEqual(hyperparameters["training.schedule"] as? String, "cosine")
      XCTAssertEqual(hyperparameters["training.shuffle"] as? Bool, true)
      XCTAssertEqual(hyperparameters["training.seed"] as? Double, 1)
      XCTAssertEqual(run["status"] as? Int, 1)
    }
  }
}
