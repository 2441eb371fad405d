import Foundation
import TestSupport
import XCTest

/// A rank dies under an mpirun that leaves the others alone.
final class RecoveryTests: TrainingTestCase {
  private static let settings = [
    "training.threads_per_rank=1", "checkpoint.every_seconds=0", "folds.include=[sub01,sub02,001]",
  ]

  override func setUpWithError() throws {
    try XCTSkipIf(Mpirun.isMPICH, "MPICH's mpirun ends all ranks when one dies")
    try super.setUpWithError()
  }

  private func start(_ run: String, ranks: Int, _ settings: [String]) throws -> ChildProcess {
    var command = Mpirun.command(
      ranks: ranks, [Self.binary] + arguments(run, Self.settings + settings))
    command.insert("--enable-recovery", at: 1)
    return try start(command, environment: Mpirun.environment)
  }

  private func waitForACheckpoint(_ job: ChildProcess, _ run: String) throws {
    try job.waitUntil("a checkpoint of", timeout: 300) {
      ["sub01", "sub02", "001"].contains {
        FileManager.default.fileExists(
          atPath: path(run) + "/folds/\($0)/checkpoint/manifest.json")
      }
    }
  }

  private func assertAsUndisturbed(
    _ run: String, _ settings: [String], _ job: ChildProcess
  ) throws {
    XCTAssertTrue(job.errors.contains("all 3 folds are finished"), job.errors)
    XCTAssertEqual(SessionProcesses.left(in: job.identifier), [:])
    let results = (Self.settings + settings).filter {
      !$0.hasPrefix("cluster.") && !$0.hasPrefix("checkpoint.")
    }
    assertSuccess(try htnet(arguments("undisturbed", results)))
    XCTAssertEqual(try report(run), try report("undisturbed"))
    let done = try RunFiles(path(run)).subjects("fold-finished")
    XCTAssertEqual(done.count, Set(done).count, "a fold was done twice: \(done)")
  }

  /// Two groups of two: the other group loses no step, and one rank goes on alone.
  func testTheOthersGoOn() throws {
    let settings = ["cluster.ranks_per_fold=2", "training.epochs=600"]
    let job = try start("run", ranks: 4, settings)
    try waitForACheckpoint(job, "run")
    kill(try SessionProcesses.rank(2, in: job.identifier), SIGKILL)
    XCTAssertEqual(try job.wait(timeout: 300), 0, job.errors)
    XCTAssertTrue(
      job.errors.contains(
        /rank 2 on .* is lost, at fold [a-z0-9]+, (last heard of in epoch [0-9]+ of 600|of which it has reported no step) \(/
      ),
      job.errors)
    XCTAssertTrue(job.errors.contains("1 rank of its group is left"), job.errors)
    let jobs = try RunFiles(path("run")).events().filter { $0 == "job-started" }
    XCTAssertEqual(jobs.count, 1)
    let started = try RunFiles(path("run")).ledger().filter {
      $0["event"] as? String == "fold-started"
    }
    XCTAssertTrue(started.contains { $0["ranks"] as? [Int] == [3] }, "\(started)")
    let host = ProcessInfo.processInfo.hostName
    let losses = try RunFiles(path("run")).ledger().filter {
      $0["event"] as? String == "rank-lost"
    }
    XCTAssertEqual(losses.map { $0["rank"] as? Int }, [2])
    XCTAssertEqual(losses.map { $0["host"] as? String }, [host])
    let lostFold = try XCTUnwrap(RunFiles.split(losses[0]))
    XCTAssertTrue(job.errors.contains("is lost, at fold \(lostFold), "), job.errors)
    // Who reads the end alone learns it too.
    let last = try XCTUnwrap(
      job.errors.split(separator: "\n").last { $0.contains("all 3 folds are finished") })
    XCTAssertTrue(last.hasSuffix("; 1 rank was lost on \(host)"), "\(last)")
    let inspected = try htnet(["inspect", path("run")])
    XCTAssertTrue(
      inspected.output.contains(
        try Regex("\n  job 1 at [^ ]+ lost 1 of 4 ranks: rank 2 on \(host)\n")), inspected.output)
    let watched = try run([Self.binary, "watch", path("run")], environment: ["COLUMNS": "200"])
    XCTAssertTrue(watched.output.contains(", 1 lost: \(host)\n"), watched.output)
    XCTAssertTrue(watched.output.contains("lost in job 1: rank 2 on \(host)\n"), watched.output)
    // Those of the group that was whole.
    XCTAssertLessThanOrEqual(started.count { ($0["ranks"] as? [Int])?.contains(0) == true }, 2)
    try assertAsUndisturbed("run", settings, job)
  }

  /// Both are written down, and who is left of their group goes on.
  func testTwoRanksOfAGroupAtOnce() throws {
    let settings = ["cluster.ranks_per_fold=3", "training.epochs=300"]
    let job = try start("run", ranks: 6, settings)
    try waitForACheckpoint(job, "run")
    let lost = try [3, 4].map { try SessionProcesses.rank($0, in: job.identifier) }
    for process in lost { kill(process, SIGKILL) }
    XCTAssertEqual(try job.wait(timeout: 300), 0, job.errors)
    let records = try RunFiles(path("run")).ledger()
    let losses = records.filter { $0["event"] as? String == "rank-lost" }
    XCTAssertEqual(losses.compactMap { $0["rank"] as? Int }.sorted(), [3, 4])
    // The fold is the first one's: the second has nothing left to lose.
    XCTAssertEqual(losses.compactMap(RunFiles.split).count, 1)
    XCTAssertEqual(
      job.errors.matches(of: /(1 rank of its group is|2 ranks of its group are) left/).count, 1,
      job.errors)
    XCTAssertTrue(
      job.errors.contains("; 2 ranks were lost on \(ProcessInfo.processInfo.hostName)\n"),
      job.errors)
    XCTAssertTrue(records.contains { $0["ranks"] as? [Int] == [5] }, job.errors)
    try assertAsUndisturbed("run", settings, job)
  }

  /// Nothing promises a checkpoint that there is not.
  func testALossBeforeTheFirstCheckpoint() throws {
    let settings = [
      "cluster.ranks_per_fold=1", "training.epochs=600", "checkpoint.every_seconds=3600",
    ]
    let job = try start("run", ranks: 3, settings)
    try job.waitUntil("a fold of rank 2 of", timeout: 120) {
      try RunFiles(path("run")).ledger().contains { $0["ranks"] as? [Int] == [2] }
    }
    kill(try SessionProcesses.rank(2, in: job.identifier), SIGKILL)
    XCTAssertEqual(try job.wait(timeout: 300), 0, job.errors)
    XCTAssertTrue(
      job.errors.contains(
        /rank 2 on .* is lost, at fold .*: the fold has no checkpoint yet, and begins anew\n/),
      job.errors)
    XCTAssertFalse(job.errors.contains("goes on at its last checkpoint"), job.errors)
    try assertAsUndisturbed("run", settings, job)
  }

  /// The leader, in groups that follow the tasks.
  func testElasticGroups() throws {
    let settings = ["training.epochs=600"]
    let job = try start("run", ranks: 4, settings)
    try waitForACheckpoint(job, "run")
    let started = try RunFiles(path("run")).ledger().last {
      $0["event"] as? String == "fold-started" && ($0["ranks"] as? [Int])?.first != 0
    }
    let leader = try XCTUnwrap((started?["ranks"] as? [Int])?.first)
    kill(try SessionProcesses.rank(leader, in: job.identifier), SIGKILL)
    XCTAssertEqual(try job.wait(timeout: 300), 0, job.errors)
    XCTAssertTrue(job.errors.contains("rank \(leader) on "), job.errors)
    try assertAsUndisturbed("run", settings, job)
  }

  /// Its own end is everybody's, at once.
  func testRankZero() throws {
    let job = try start("run", ranks: 3, ["training.epochs=2000"])
    try waitForACheckpoint(job, "run")
    kill(try SessionProcesses.rank(0, in: job.identifier), SIGKILL)
    _ = try job.wait(timeout: 60)
    XCTAssertTrue(
      job.errors.contains(/rank 0 (has ended|is lost).*: rank [12] on .* ends/), job.errors)
    XCTAssertEqual(SessionProcesses.left(in: job.identifier), [:])
  }

  /// A rank that does not answer is given up, and cannot come back.
  func testStoppedRank() throws {
    let settings = ["cluster.ranks_per_fold=1", "training.epochs=600", "cluster.stall_seconds=15"]
    let job = try start("run", ranks: 3, settings)
    try waitForACheckpoint(job, "run")
    let rank = try SessionProcesses.rank(2, in: job.identifier)
    kill(rank, SIGSTOP)
    try job.waitUntil("the loss of a rank of", timeout: 120) {
      job.errors.contains("rank 2 on ") && job.errors.contains("is lost")
    }
    XCTAssertTrue(job.errors.contains("it is stopped, or cut off"), job.errors)
    kill(rank, SIGCONT)
    try job.waitUntil("the end of the rank that came back in", timeout: 60) {
      job.errors.contains("or has given this rank up: rank 2")
    }
    XCTAssertEqual(try job.wait(timeout: 300), 0, job.errors)
    try assertAsUndisturbed("run", settings, job)
  }
}
