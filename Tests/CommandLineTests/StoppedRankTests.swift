import Foundation
import TestSupport
import XCTest

/// One rank of a group is stopped in the middle of a fold, so that its peer waits in vain.
final class StoppedRankTests: SupervisedTestCase {
  /// One fold, which all ranks train together, long enough to be met while it trains.
  private let settings = [
    "folds.include=[sub01]", "training.epochs=1200", "training.threads_per_rank=1",
    "checkpoint.every_seconds=0",
  ]

  /// Waits until the fold has a checkpoint, so that it trains; then stops one of its two ranks.
  private func stopRank(
    _ number: Int = 1, of job: ChildProcess, _ run: String, session: () throws -> pid_t
  ) throws -> pid_t {
    try job.waitUntil("a checkpoint of", timeout: 300) {
      FileManager.default.fileExists(atPath: path(run) + "/folds/sub01/checkpoint/manifest.json")
    }
    // The time of a step is mostly known by then: a stop's bound follows from it, or is far longer.
    usleep(500_000)
    let rank = try SessionProcesses.rank(number, in: session())
    kill(rank, SIGSTOP)
    let started = try RunFiles(path(run)).ledger().last { $0["event"] as? String == "fold-started" }
    XCTAssertEqual(started?["ranks"] as? [Int], [0, 1])
    XCTAssertFalse(try RunFiles(path(run)).events().contains("fold-finished"))
    return rank
  }

  /// Side by side, since all but the last wait for deadlines.
  func testStoppedRanks() throws {
    assertSuccess(try htnet(arguments("undisturbed", settings)))
    let expected = try report("undisturbed")
    try sideBySide([
      ("in-vain", assertJobThatCannotStopInGoodOrderEndsAllTheSame),
      ("stalled", assertSupervisorEndsAJobThatDoesNotMoveOnAndStartsItAgain),
      ("idle", assertSupervisorEndsAJobWhoseIdleRankHangs),
      ("headless", assertSupervisorHearsThatRankZeroAnswersNothing),
      ("refused", assertJobIsRefusedUntilTheLastRankOfTheOneBeforeIsGone),
    ]) { run, scene in
      try scene(run)
      XCTAssertEqual(try report(run), expected, run)
    }
  }

  private func assertSupervisorEndsAJobThatDoesNotMoveOnAndStartsItAgain(_ run: String) throws {
    let supervisor = try supervise(run, settings, options: ["--stall-deadline", "10"])
    let rank = try stopRank(of: supervisor, run) {
      try XCTUnwrap(sessions(of: supervisor).first)
    }
    try supervisor.waitUntil("the end of the first job of", timeout: 300) {
      supervisor.errors.contains("restart 1 of 5")
    }
    let session = try XCTUnwrap(sessions(of: supervisor).first)
    XCTAssertEqual(SessionProcesses.running(in: session), [:])
    let words = try XCTUnwrap(
      supervisor.errors.firstMatch(of: /ending what is left of the job: processes ([0-9, ]+)/),
      supervisor.errors)
    XCTAssertTrue(words.1.split(separator: ", ").contains("\(rank)"), supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("the job made no progress"), supervisor.errors)
    XCTAssertEqual(try supervisor.wait(timeout: 300), 0, supervisor.errors)
  }

  /// A rank that waits for a fold hangs, while another trains: the job would wait for it at its end.
  private func assertSupervisorEndsAJobWhoseIdleRankHangs(_ run: String) throws {
    let supervisor = try supervise(
      run,
      settings + ["cluster.ranks_per_fold=1", "cluster.dedicated_coordinator=true"], ranks: 3,
      options: ["--stall-deadline", "10"])
    try supervisor.waitUntil("a fold of", timeout: 300) {
      try RunFiles(path(run)).events().contains("fold-started")
    }
    let started = try RunFiles(path(run)).ledger().last {
      $0["event"] as? String == "fold-started"
    }
    let busy = try XCTUnwrap((started?["ranks"] as? [Int])?.first)
    kill(
      try SessionProcesses.rank(3 - busy, in: XCTUnwrap(sessions(of: supervisor).first)), SIGSTOP)
    XCTAssertEqual(try supervisor.wait(timeout: 300), 0, supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("no progress for"), supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("ending what is left of the job"), supervisor.errors)
  }

  /// The other rank ends, and mpirun waits for rank 0, long before the supervisor's own deadline.
  private func assertSupervisorHearsThatRankZeroAnswersNothing(_ run: String) throws {
    try XCTSkipIf(Mpirun.isMPICH, "MPICH's mpirun lets no rank end alone")
    let supervisor = try supervise(
      run, settings + ["cluster.stall_seconds=15"], options: ["--stall-deadline", "280"])
    _ = try stopRank(0, of: supervisor, run) { try XCTUnwrap(sessions(of: supervisor).first) }
    XCTAssertEqual(try supervisor.wait(timeout: 250), 0, supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("restart 1 of 5"), supervisor.errors)
    XCTAssertFalse(supervisor.errors.contains("no progress"), supervisor.errors)
  }

  private func assertJobThatCannotStopInGoodOrderEndsAllTheSame(_ run: String) throws {
    let job = try startHtnet(ranks: 2, arguments(run, settings))
    _ = try stopRank(of: job, run) { job.identifier }
    // mpirun hands it to both ranks; the stopped one does not hear it.
    job.signal(SIGUSR1)
    XCTAssertEqual(try job.wait(timeout: 600), 75, job.errors)
    let bound = try XCTUnwrap(
      job.errors.firstMatch(of: /the job ends within ([0-9]+) s/), job.errors)
    let host = ProcessInfo.processInfo.hostName
    XCTAssertTrue(
      job.errors.contains(
        "did not stop within \(bound.1) s (group 0 (rank 0 on \(host), rank 1 on \(host)), at fold "
          + "sub01, last heard of in epoch "), job.errors)
    XCTAssertEqual(SessionProcesses.left(in: job.identifier), [:])
    let next = try htnet(arguments(run, settings))
    assertSuccess(next)
    XCTAssertTrue(next.errors.contains("fold sub01 goes on after epoch"), next.errors)
  }

  private func assertJobIsRefusedUntilTheLastRankOfTheOneBeforeIsGone(_ run: String) throws {
    let job = try startHtnet(ranks: 2, arguments(run, settings))
    let rank = try stopRank(of: job, run) { job.identifier }
    let first = try SessionProcesses.rank(0, in: job.identifier)
    // mpirun and its daemon would end the second rank too; their own death would, since the kernel then
    // hangs up.
    let launchers = job.members.filter { $0.value != "htnet" }.keys
    for process in launchers { kill(process, SIGSTOP) }
    kill(first, SIGKILL)
    XCTAssertEqual(
      SessionProcesses.left(in: job.identifier, besides: Set(launchers).union([rank])), [:])
    let refused = try htnet(arguments(run, settings))
    XCTAssertEqual(refused.status, 73, refused.errors)
    let host = ProcessInfo.processInfo.hostName
    for words in ["process \(first) on ", "others of its ranks are alive (on \(host), "] {
      XCTAssertTrue(refused.errors.contains(words), refused.errors)
    }
    kill(rank, SIGKILL)
    assertSuccess(try htnet(arguments(run, settings)))
  }
}
