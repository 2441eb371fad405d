import XCTest

/// Asked to stop, every rank ends in good order.
final class SignalTests: CommandLineTestCase {
  /// Starts a run that would take long, and waits until it trains.
  private func startTraining(ranks: Int?, _ run: String, _ settings: [String] = []) throws
    -> ChildProcess
  {
    let child = try startHtnet(
      ranks: ranks,
      [
        "train", "--data", try synthesize("data-\(run)", subjects: 3, clips: 2), "--run", path(run),
        "--set", "model.dim=6", "--set", "model.block_repeats=1,1,1", "--set",
        "training.batch_size=4", "--set", "training.epochs=1000000",
      ] + settings.flatMap { ["--set", $0] })
    try child.waitUntil("the first fold of") {
      try RunFiles(path(run)).events().contains("fold-started")
    }
    return child
  }

  func testASignalStopsTheProgramWithItsOwnStatus() throws {
    for (signal, name) in [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGUSR1, "SIGUSR1")] {
      let run = "run-\(name)"
      let child = try startTraining(ranks: nil, run)
      child.signal(signal)
      XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
      XCTAssertTrue(child.errors.contains("stopped (\(name)"), child.errors)
      XCTAssertTrue(child.errors.contains("run the same command again"), child.errors)
      XCTAssertEqual(try RunFiles(path(run)).events().last, "job-stopped")
    }
  }

  /// Slurm's signal and then one Ctrl-C: the checkpoint is still written.
  func testOneSIGINTAfterAnotherSignalStillStopsInGoodOrder() throws {
    let child = try startTraining(ranks: nil, "run")
    child.signal(SIGUSR1)
    child.signal(SIGINT)
    XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
    XCTAssertEqual(try RunFiles(path("run")).events().last, "job-stopped", child.errors)
  }

  func testASignalToMpirunStopsAllRanks() throws {
    for signal in [SIGINT, SIGTERM] {
      let run = "run-\(signal)"
      let child = try startTraining(ranks: 2, run)
      XCTAssertEqual(child.members.values.count { $0 == "htnet" }, 2)
      child.signal(signal)
      XCTAssertNotEqual(try child.wait(timeout: 30), 0)
      let start = Date()
      while !child.members.isEmpty && Date().timeIntervalSince(start) < 10 { usleep(10_000) }
      XCTAssertEqual(child.members, [:], "processes are left")
      XCTAssertEqual(try RunFiles(path(run)).events().last, "job-stopped", child.errors)
    }
  }

  func testASignalToOneRankStopsAllRanks() throws {
    let child = try startTraining(ranks: 3, "run")
    let ranks = child.members.filter { $0.value == "htnet" }.keys.sorted()
    XCTAssertEqual(ranks.count, 3)
    kill(ranks[2], SIGUSR1)
    XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
    XCTAssertEqual(try RunFiles(path("run")).events().last, "job-stopped")
  }

  func testASignalToARankOfAGroupWithoutAFoldStopsAllRanks() throws {
    let child = try startTraining(
      ranks: 4, "run", ["cluster.ranks_per_fold=2", "folds.include=sub01"])
    let started = try XCTUnwrap(
      RunFiles(path("run")).ledger().first { $0["event"] as? String == "fold-started" })
    let busy = try XCTUnwrap(started["ranks"] as? [Int])
    // The last rank of the other group: nobody's leader.
    let idle = busy.contains(3) ? 1 : 3
    kill(try SessionProcesses.rank(idle, in: child.identifier), SIGUSR1)
    XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
    XCTAssertEqual(try RunFiles(path("run")).events().last, "job-stopped")
  }
}
