import RunStore
import TestSupport
import XCTest

/// One run directory holds one run.
final class RunDirectoryTests: CommandLineTestCase {
  private func arguments(_ data: String, _ settings: [String] = []) -> [String] {
    [
      "train", "--data", data, "--run", path("run"), "--set", "model.dim=6", "--set",
      "model.block_repeats=1,1,1", "--set", "training.batch_size=8", "--set",
      "training.epochs=1", "--set", "folds.include=sub01",
    ] + settings.flatMap { ["--set", $0] }
  }

  func testAnotherConfigurationIsRefusedNamingTheKeys() throws {
    let data = try synthesize()
    assertSuccess(try htnet(arguments(data)))
    let before = snapshot(of: path("run"))
    let refused = try htnet(
      arguments(data, ["training.epochs=2", "model.dropout=0.5", "training.seed=9"]))
    XCTAssertEqual(refused.status, 2)
    for part in [
      "run: holds a run of another configuration", "training.epochs is 1 there and 2 here",
      "model.dropout is 0.0 there and 0.5 here", "training.seed is 1 there and 9 here", "--run",
    ] {
      XCTAssertTrue(refused.errors.contains(part), "\(part) in \(refused.errors)")
    }
    XCTAssertFalse(refused.errors.contains("batch_size"), refused.errors)
    XCTAssertEqual(snapshot(of: path("run")), before)
  }

  /// Foundation's own function for a parent's name traps at a name of one letter.
  func testARunMayHaveANameOfOneLetter() throws {
    let command = arguments(try synthesize()).map { $0 == path("run") ? "r" : $0 }
    assertSuccess(try run([Self.binary] + command, in: path("")))
    XCTAssertEqual(try RunFiles(path("r")).ledger().last?["event"] as? String, "run-finished")
  }

  func testALogMayLieInTheRunDirectory() throws {
    let data = try synthesize()
    try FileManager.default.createDirectory(
      atPath: path("run"), withIntermediateDirectories: false)
    try write("", to: "run/slurm-17.out")
    assertSuccess(try htnet(arguments(data)))
    // What lies beside a run that has begun is nobody's business.
    try write("mine", to: "run/notes.md")
    assertSuccess(try htnet(arguments(data)))
  }

  func testAPipeGivesTheConfiguration() throws {
    let data = try synthesize()
    let ended = try run(
      [
        "bash", "-c", #""$0" train --config <(echo 'training: {epochs: 1}') "$@""#, Self.binary,
      ] + arguments(data).dropFirst())
    assertSuccess(ended)
    // MPICH's mpirun passes it on; Open MPI's closes it.
    let ranks = try run(
      ["bash", "-c", #""${@}" --config <(echo 'training: {epochs: 1}')"#, "bash"]
        + Mpirun.command(ranks: 2, [Self.binary] + arguments(data)),
      environment: Mpirun.environment)
    guard !Mpirun.isMPICH else { return assertSuccess(ranks) }
    XCTAssertEqual(ranks.status, 2, ranks.errors)
    XCTAssertTrue(ranks.errors.contains("a launcher passes no pipe on"), ranks.errors)
  }

  func testOtherFoldsAreAnotherConfiguration() throws {
    let data = try synthesize()
    assertSuccess(try htnet(arguments(data)))
    let refused = try htnet(arguments(data, ["folds.include=001"]))
    XCTAssertEqual(refused.status, 2)
    XCTAssertTrue(refused.errors.contains("folds.include is ['sub01'] there"), refused.errors)
  }

  func testOtherDataAreRefused() throws {
    assertSuccess(try htnet(arguments(synthesize())))
    let before = snapshot(of: path("run"))
    let refused = try htnet(arguments(synthesize("other", seed: 2)))
    XCTAssertEqual(refused.status, 2)
    XCTAssertTrue(refused.errors.contains("run: holds a run of other data"), refused.errors)
    XCTAssertEqual(snapshot(of: path("run")), before)
  }

  func testResultsWithoutALedgerAreNotOverwritten() throws {
    let data = try synthesize()
    assertSuccess(try htnet(arguments(data)))
    for cut in [false, true] {
      unlink(path("run/ledger.jsonl"))
      if cut { try Data().write(to: URL(fileURLWithPath: path("run/ledger.jsonl"))) }
      let results = RunFiles(path("run")).results
      let refused = try htnet(arguments(data))
      XCTAssertEqual(refused.status, 2)
      XCTAssertTrue(
        refused.errors.contains("run/ledger.jsonl: is missing or empty beside results"),
        refused.errors)
      XCTAssertEqual(RunFiles(path("run")).results, results)
      let inspected = try htnet(["inspect", path("run")])
      XCTAssertEqual(inspected.status, 1, inspected.output)
      XCTAssertTrue(inspected.output.contains("DAMAGED"), inspected.output)
      let watched = try htnet(["watch", path("run")])
      XCTAssertTrue(
        watched.output.contains("run: ledger.jsonl is missing or empty beside results"),
        watched.output)
    }
  }

  func testPlacementAndPathsMayDiffer() throws {
    let data = try synthesize()
    assertSuccess(try htnet(arguments(data)))
    let results = RunFiles(path("run")).results
    try FileManager.default.moveItem(atPath: data, toPath: path("moved"))
    let again = try htnet(
      ranks: 2,
      arguments(
        path("moved"),
        [
          "cluster.ranks_per_fold=2", "training.threads_per_rank=1", "training.keep_weights=true",
        ]))
    assertSuccess(again)
    XCTAssertTrue(again.errors.contains("going on: 1 of 1 folds are finished"), again.errors)
    XCTAssertEqual(RunFiles(path("run")).results, results)
  }

  func testGoingOnOnAnotherMachineIsSaid() throws {
    let data = try synthesize()
    assertSuccess(try htnet(arguments(data)))
    let again = try htnet(arguments(data))
    assertSuccess(again)
    XCTAssertFalse(again.errors.contains("another CPU"), again.errors)
    let ledger = path("run/ledger.jsonl")
    var job = try XCTUnwrap(Ledger(path: ledger).lastJob)
    job.machine.cpu = "Another One"
    job.machine.kernel = "by hand"
    try LedgerWriter(path: ledger).append(.jobStarted(job))
    let elsewhere = try htnet(arguments(data))
    assertSuccess(elsewhere)
    for part in ["another CPU (Another One)", "another kernel of products (by hand)"] {
      XCTAssertTrue(elsewhere.errors.contains(part), "\(part) in \(elsewhere.errors)")
    }
  }

  func testTheResolvedConfigurationReadsBackAsTheSame() throws {
    let data = try synthesize()
    assertSuccess(try htnet(arguments(data)))
    let again = try htnet([
      "train", "--config", path("run/config.yaml"), "--run", path("run"),
    ])
    assertSuccess(again)
    XCTAssertTrue(again.errors.contains("going on"), again.errors)
  }
}
