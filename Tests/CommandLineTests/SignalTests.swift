import TestSupport
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

  /// A rank that waits for others to start MPI has nothing to keep.
  func testASignalEndsTheWaitForMPIToStart() throws {
    try XCTSkipIf(Mpirun.isMPICH, "MPICH's mpirun hands on no SIGUSR1")
    let mute = try write("#!/bin/sh\ntrap '' USR1\nexec sleep 60\n", to: "mute")
    XCTAssertEqual(chmod(mute, 0o755), 0)
    let train = ["train", "--data", try synthesize("data"), "--run", path("run")]
    let job = try startHtnet(ranks: 1, train + [":", "-n", "1", mute])
    sleep(2)
    job.signal(SIGUSR1)
    XCTAssertEqual(try job.wait(timeout: 40), 75, job.errors)
    XCTAssertTrue(
      job.errors.contains(
        "stopped by SIGUSR1 while other ranks had not started; nothing was begun"),
      job.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
  }

  func testASignalStopsTheProgramWithItsOwnStatus() throws {
    for (signal, name) in [
      (SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGUSR1, "SIGUSR1"), (SIGHUP, "SIGHUP"),
    ] {
      let run = "run-\(name)"
      let child = try startTraining(ranks: nil, run)
      child.signal(signal)
      XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
      XCTAssertTrue(child.errors.contains("stopped (\(name)"), child.errors)
      XCTAssertTrue(child.errors.contains("run the same command again"), child.errors)
      XCTAssertEqual(try RunFiles(path(run)).events().last, "job-stopped")
    }
  }

  /// Reading has no step after which a stop could be heeded; a pipe may give nothing for long.
  func testASignalEndsTheReadingOfInputAtOnce() throws {
    let pipe = path("config.pipe")
    XCTAssertEqual(mkfifo(pipe, 0o600), 0)
    // Open for writing too, so that the program waits for what is written.
    let writer = open(pipe, O_RDWR | O_CLOEXEC)
    XCTAssertGreaterThanOrEqual(writer, 0)
    defer { close(writer) }
    for (signal, name) in [(SIGINT, "SIGINT"), (SIGTERM, "SIGTERM"), (SIGUSR1, "SIGUSR1")] {
      let child = try startHtnet([
        "train", "--config", pipe, "--data", "data", "--run", path("run"),
      ])
      let files = "/proc/\(child.identifier)/fd"
      try child.waitUntil("the reading of") {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: files)) ?? []
        return names.contains {
          (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(files)/\($0)")) == pipe
        }
      }
      child.signal(signal)
      XCTAssertEqual(try child.wait(timeout: 20), 75, child.errors)
      XCTAssertEqual(
        child.errors, "htnet: stopped by \(name) while the input was read; nothing was begun\n")
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
  }

  /// Slurm's signal and then one Ctrl-C: the checkpoint is still written.
  func testOneSIGINTAfterAnotherSignalStillStopsInGoodOrder() throws {
    let child = try startTraining(ranks: nil, "run")
    child.signal(SIGUSR1)
    child.signal(SIGINT)
    XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
    XCTAssertEqual(try RunFiles(path("run")).events().last, "job-stopped", child.errors)
  }

  /// mpirun hands SIGUSR1 on and ends with its ranks' status. At the other two Open MPI's gives them a
  /// second or two, and its own status is 1 whatever they end with: it settles that before it ends them.
  func testASignalToMpirunStopsAllRanks() throws {
    let interrupted = Mpirun.interruptedStatus
    for (signal, status) in [(SIGINT, interrupted), (SIGTERM, interrupted), (SIGUSR1, 75)] {
      let run = "run-\(signal)"
      let child = try startTraining(ranks: 2, run)
      XCTAssertEqual(child.members.values.count { $0 == "htnet" }, 2)
      child.signal(signal)
      XCTAssertTrue(
        Mpirun.mayEnd(with: try child.wait(timeout: 30), forRanks: status), child.errors)
      let start = Date()
      while !child.members.isEmpty && Date().timeIntervalSince(start) < 10 { usleep(10_000) }
      XCTAssertEqual(child.members, [:], "processes are left")
      // A small model's checkpoints are written in the second that there is.
      XCTAssertEqual(try RunFiles(path(run)).events().last, "job-stopped", child.errors)
      try assertNotice(child, isHasty: status == 1)
    }
  }

  /// Only what mpirun allows is promised.
  private func assertNotice(_ child: ChildProcess, isHasty: Bool) throws {
    let hasty =
      "htnet: to stop with new checkpoints send SIGUSR1 to mpirun: kill -USR1 \(child.identifier)\n"
    XCTAssertEqual(child.errors.contains(hasty), isHasty, child.errors)
    XCTAssertTrue(child.errors.contains("the job ends within"), child.errors)
    guard isHasty else { return }
    XCTAssertNotNil(
      child.errors.firstMatch(
        of: /htnet: stopping after the running steps: SIG(TERM|INT) on rank [01]\n/),
      child.errors)
    XCTAssertTrue(
      child.errors.contains(
        "htnet: if mpirun got the signal too, or lost a rank, it ends the ranks about 2 s later, and "
          + "only checkpoints that are written by then count\n"), child.errors)
  }

  /// What stands when mpirun ends the ranks at once is named, with its age.
  func testANoticeNamesTheLastCheckpoints() throws {
    try XCTSkipIf(Mpirun.isMPICH, "MPICH's mpirun leaves the ranks the time for checkpoints")
    let child = try startTraining(ranks: 1, "run", ["checkpoint.every_seconds=0"])
    try child.waitUntil("a checkpoint of") {
      FileManager.default.fileExists(atPath: RunFiles(path("run")).manifestPath("sub01"))
    }
    child.signal(SIGTERM)
    XCTAssertEqual(try child.wait(timeout: 30), 1, child.errors)
    XCTAssertNotNil(
      child.errors.firstMatch(
        of: /until then the last ones stand: sub01 after epoch \d+, step \d+ \(\d+ s old\)\n/),
      child.errors)
    XCTAssertNotNil(
      child.errors.firstMatch(
        of:
          /if mpirun lets the ranks go on, checkpoints are written and the job ends within \d+ s\n/),
      child.errors)
  }

  /// mpirun sends SIGTERM to the others, and ends them before they could do what they promise.
  func testTheDeathOfARankPromisesNothing() throws {
    let child = try startTraining(ranks: 3, "run")
    kill(try SessionProcesses.rank(2, in: child.identifier), SIGKILL)
    XCTAssertEqual(try child.wait(timeout: 30), Mpirun.killedStatus, child.errors)
    // Unless nothing could be said any more, only on a condition that does not hold.
    for line in child.errors.split(separator: "\n") where line.contains("the job ends within") {
      XCTAssertTrue(line.contains("if mpirun lets the ranks go on, "), child.errors)
    }
  }

  /// mpirun, which did not get it, ends nothing: the stop is in good order.
  func testSIGTERMToOneRankStopsAllRanksInGoodOrder() throws {
    let child = try startTraining(ranks: 2, "run")
    kill(try SessionProcesses.rank(1, in: child.identifier), SIGTERM)
    XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
    XCTAssertEqual(try RunFiles(path("run")).events().last, "job-stopped")
    try assertNotice(child, isHasty: !Mpirun.isMPICH)
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
