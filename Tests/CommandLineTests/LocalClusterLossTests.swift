import Foundation
import TestSupport
import XCTest

/// Hosts that die and lose one another in the middle of a run.
///
/// Each test has a job for each kind of loss, and they run side by side, since they wait for deadlines: on
/// node1, where their mpirun is too, on node2, and on two hosts of their own, of which the first is lost.
final class LocalClusterLossTests: LocalClusterTestCase {
  override class var options: [String] { ["--hosts", "\(hosts.count)"] }
  private static let hosts = (1...8).map { "node\($0)" }

  private struct Loss {
    let run: String
    let disturb: (_ host: String) throws -> Void
    /// Of its job's hosts the third, which has rank 2.
    let host: String
    /// What mpirun is told.
    let placement: [String]
  }

  private func losses(_ all: [(run: String, disturb: (_ host: String) throws -> Void)]) -> [Loss] {
    all.enumerated().map { number, loss in
      let hosts = ["node1", "node2", "node\(2 * number + 3)", "node\(2 * number + 4)"]
      return Loss(
        run: loss.run, disturb: loss.disturb, host: hosts[2],
        placement: ["--host", hosts.joined(separator: ",")])
    }
  }

  func testADeadHostADeadDaemonAndACutLinkCostWhatIsSinceTheLastCheckpoint() throws {
    let expected = try undisturbedReport()
    let all = losses([
      ("host", { try self.cluster("kill", [$0]) }),
      (
        "daemon",
        {
          let daemons = try self.processes($0, "orted")
          XCTAssertEqual(daemons.count, 1)
          for process in daemons { kill(process, SIGKILL) }
        }
      ),
      ("link", { try self.cluster("cut", [$0]) }),
    ])
    try sideBySide(all) { loss in
      let run = loss.run
      let job = try startOnHosts(loss.placement + train(run))
      try waitForCheckpoint(job, run, rank: 2)
      try loss.disturb(loss.host)
      // mpirun's own status: it has lost a daemon, or a rank.
      let status = try job.wait(timeout: 300)
      XCTAssertTrue([137, 205].contains(status), "\(run): \(status)\n\(job.errors)")
      let isFinished = try RunFiles(path(run)).events().contains("run-finished")
      if isFinished, run == "daemon" {
        // A daemon's ranks go on until mpirun notices, and these were done by then.
        XCTAssertEqual(try report(run), expected, run)
        return
      }
      XCTAssertFalse(isFinished, run)
      if run == "host" { assertSuccess(try cluster("boot", [loss.host])) }
      assertSuccess(try cluster("heal", [loss.host]))
      try goOn(loss, expected: expected)
    }
  }

  /// Where mpirun leaves the others alone, a lost host costs its own group what is since the last checkpoint.
  func testTheOthersGoOnWithoutALostHost() throws {
    let expected = try undisturbedReport()
    let all = losses([
      ("cut", { try self.cluster("cut", [$0]) }),
      ("killed", { try self.cluster("kill", [$0]) }),
    ])
    try sideBySide(all) { loss in
      let (run, host) = (loss.run, loss.host)
      let job = try startOnHosts(
        ["--enable-recovery"] + loss.placement + train(run, ["cluster.ranks_per_fold=2"]))
      try waitForCheckpoint(job, run, rank: 2)
      try loss.disturb(host)
      _ = try job.wait(timeout: 300)
      XCTAssertTrue(job.errors.contains("rank 2 on \(host) is lost"), job.errors)
      XCTAssertTrue(job.errors.contains("all 5 folds are finished"), job.errors)
      XCTAssertTrue(
        job.errors.contains(
          try Regex("all 5 folds are finished.*; 1 rank was lost on \(host)\n")), job.errors)
      XCTAssertEqual(
        try RunFiles(path(run)).events().filter { $0 == "job-started" }.count, 1, job.errors)
      XCTAssertEqual(try report(run), expected, run)
    }
    try assertNobodyIsLeft(Self.binary)
  }

  /// mpirun notices neither: both hosts reach it, and a stopped process is none that has ended.
  func testTheProgramsDeadlineEndsAGroupThatLostARank() throws {
    let expected = try undisturbedReport()
    let all = losses([
      ("pair", { try self.cluster("cut", ["node2", $0]) }),
      (
        "stopped",
        {
          let ranks = try self.processes($0, Self.bundle)
          XCTAssertEqual(ranks.count, 1)
          for process in ranks { kill(process, SIGSTOP) }
        }
      ),
    ])
    try sideBySide(all) { loss in
      let run = loss.run
      let job = try startOnHosts(
        loss.placement
          + LocalClusterScene.command(train(run, ["cluster.ranks_per_fold=4"]), deadline: 8))
      try waitForCheckpoint(job, run, rank: 2)
      try loss.disturb(loss.host)
      XCTAssertEqual(try job.wait(timeout: 300), 70, job.errors)
      // Who waited for whom.
      XCTAssertNotNil(job.errors.firstMatch(of: /rank [0-3] on node[1-6]/), job.errors)
    }
    try assertNobodyIsLeft(Self.bundle)
    assertSuccess(try cluster("heal"))
    try sideBySide(all) { try goOn($0, expected: expected) }
  }

  private func assertNobodyIsLeft(_ program: String) throws {
    for host in Self.hosts { XCTAssertEqual(try processes(host, program), [], host) }
  }

  /// Runs the same command again, and checks that it goes on to the report.
  private func goOn(_ loss: Loss, expected: Data) throws {
    // A fold that was met before its first checkpoint begins anew.
    let isKept = try FileManager.default.contentsOfDirectory(atPath: path(loss.run) + "/folds")
      .contains {
        FileManager.default.fileExists(
          atPath: path(loss.run) + "/folds/\($0)/checkpoint/manifest.json")
      }
    let ended = try runOnHosts(loss.placement + train(loss.run))
    assertSuccess(ended)
    let goesOn = ended.errors.contains(/fold \S+ goes on after epoch \d+, step \d+/)
    XCTAssertEqual(goesOn, isKept, ended.errors)
    XCTAssertEqual(try report(loss.run), expected, loss.run)
  }
}
