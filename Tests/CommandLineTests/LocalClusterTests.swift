import Cluster
import Console
import Foundation
import Job
import XCTest

/// Runs over four hosts with names, addresses and an sshd of their own, which die and lose one another.
final class LocalClusterTests: LocalClusterTestCase {
  private let often = ["checkpoint.every_seconds=0", "training.threads_per_rank=1"]

  /// The report of a run on this machine alone, which nothing disturbed.
  private func undisturbedReport(_ settings: [String] = []) throws -> Data {
    assertSuccess(
      try htnet(arguments("undisturbed", settings + ["training.threads_per_rank=1"])))
    return try report("undisturbed")
  }

  private func train(_ run: String, _ settings: [String] = []) -> [String] {
    [Self.binary] + arguments(run, often + settings)
  }

  /// Runs the same command again, and checks that it goes on to the report.
  private func goOn(_ run: String, expected: Data) throws {
    let ended = try runOnHosts(train(run))
    assertSuccess(ended)
    XCTAssertNotNil(
      ended.errors.firstMatch(of: /fold \S+ goes on after epoch \d+, step \d+/), ended.errors)
    XCTAssertEqual(try report(run), expected, run)
  }

  func testFourHostsTrainTheSameBitsAsOne() throws {
    let few = ["training.epochs=30"]
    let expected = try undisturbedReport(few)
    for size in ["1", "4"] {
      let run = "run-\(size)"
      assertSuccess(try runOnHosts(train(run, few + ["cluster.ranks_per_fold=\(size)"])))
      XCTAssertEqual(try report(run), expected)
    }
    let machine = try RunFiles(path("run-1")).ledger().first?["machine"] as? [String: Any]
    XCTAssertEqual(machine?["hosts"] as? [String], ["node1", "node2", "node3", "node4"])
  }

  func testADeadHostADeadDaemonAndACutLinkCostWhatIsSinceTheLastCheckpoint() throws {
    let expected = try undisturbedReport()
    let disturbances: [(name: String, disturb: () throws -> Void)] = [
      ("host", { try self.cluster("kill", ["node3"]) }),
      (
        "daemon",
        {
          let daemons = try self.processes("node3", "orted")
          XCTAssertEqual(daemons.count, 1)
          for process in daemons { kill(process, SIGKILL) }
        }
      ),
      ("link", { try self.cluster("cut", ["node3"]) }),
    ]
    for (run, disturb) in disturbances {
      let job = try startOnHosts(train(run))
      try waitForCheckpoint(job, run, rank: 2)
      try disturb()
      // mpirun's own status: it has lost a daemon, or a rank.
      let status = try job.wait(timeout: 120)
      XCTAssertTrue([137, 205].contains(status), "\(run): \(status)\n\(job.errors)")
      let isFinished = try RunFiles(path(run)).events().contains("run-finished")
      if isFinished, run == "daemon" {
        // A daemon's ranks go on until mpirun notices, and these were done by then.
        XCTAssertEqual(try report(run), expected, run)
        continue
      }
      XCTAssertFalse(isFinished, run)
      if run == "host" { assertSuccess(try cluster("boot", ["node3"])) }
      assertSuccess(try cluster("heal"))
      try goOn(run, expected: expected)
    }
  }

  /// Where mpirun leaves the others alone, a lost host costs its own group what is since the last checkpoint.
  func testTheOthersGoOnWithoutALostHost() throws {
    let expected = try undisturbedReport()
    let disturbances: [(name: String, disturb: () throws -> Void)] = [
      ("cut", { try self.cluster("cut", ["node3"]) }),
      ("killed", { try self.cluster("kill", ["node3"]) }),
    ]
    for (run, disturb) in disturbances {
      let job = try startOnHosts(["--enable-recovery"] + train(run, ["cluster.ranks_per_fold=2"]))
      try waitForCheckpoint(job, run, rank: 2)
      try disturb()
      _ = try job.wait(timeout: 120)
      XCTAssertTrue(job.errors.contains("rank 2 on node3 is lost"), job.errors)
      XCTAssertTrue(job.errors.contains("all 5 folds are finished"), job.errors)
      XCTAssertTrue(
        job.errors.contains(/all 5 folds are finished.*; 1 rank was lost on node3\n/), job.errors)
      XCTAssertEqual(
        try RunFiles(path(run)).events().filter { $0 == "job-started" }.count, 1, job.errors)
      XCTAssertEqual(try report(run), expected, run)
      for host in ["node1", "node2", "node3", "node4"] {
        XCTAssertEqual(try processes(host, Self.binary), [], host)
      }
      assertSuccess(try cluster("heal"))
    }
  }

  /// mpirun notices neither: both hosts reach it, and a stopped process is none that has ended.
  func testTheProgramsDeadlineEndsAGroupThatLostARank() throws {
    let expected = try undisturbedReport()
    let disturbances: [(name: String, disturb: () throws -> Void)] = [
      ("pair", { try self.cluster("cut", ["node2", "node3"]) }),
      (
        "stopped",
        {
          let ranks = try self.processes("node3", Self.bundle)
          XCTAssertEqual(ranks.count, 1)
          for process in ranks { kill(process, SIGSTOP) }
        }
      ),
    ]
    for (run, disturb) in disturbances {
      let job = try startOnHosts(
        LocalClusterScene.command(
          train(run, ["cluster.ranks_per_fold=4"]), deadline: 6))
      try waitForCheckpoint(job, run, rank: 2)
      try disturb()
      XCTAssertEqual(try job.wait(timeout: 120), 70, job.errors)
      // Who waited for whom.
      XCTAssertNotNil(job.errors.firstMatch(of: /rank [0-3] on node[1-4]/), job.errors)
      for host in ["node1", "node2", "node3", "node4"] {
        XCTAssertEqual(try processes(host, Self.bundle), [], host)
      }
      assertSuccess(try cluster("heal"))
      try goOn(run, expected: expected)
    }
  }

  func testARunDirectoryOfOneHostIsRefused() throws {
    let run = privateDirectory + "/run"
    let ended = try runOnHosts(
      [Self.binary, "train", "--data", data, "--run", run])
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertTrue(
      ended.errors.contains(
        "htnet: \(run): is not one directory for all hosts: rank 1 on node2, rank 2 on node3, "
          + "rank 3 on node4 do not see what rank 0 on node1 writes there"), ended.errors)
    XCTAssertEqual(try on("node1", ["ls", privateDirectory]).output, "")
  }

  func testAHostThatMayOnlyReadTheRunDirectoryIsRefused() throws {
    let run = path("runs/one")
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
    assertSuccess(try on("node3", ["mount", "--bind", "-o", "ro", path("runs"), path("runs")]))
    let ended = try runOnHosts([Self.binary, "train", "--data", data, "--run", run])
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertTrue(
      ended.errors.contains(
        "htnet: \(run): rank 2 on node3 cannot write there (Read-only file system): every host must, since "
          + "its ranks write checkpoints\n"), ended.errors)
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: run), [])
  }

  func testAnotherBuildOnOneHostIsRefused() throws {
    let program = privateDirectory + "/htnet"
    for host in ["node1", "node2", "node3", "node4"] {
      assertSuccess(try on(host, ["cp", Self.binary, program]))
    }
    // The same but for a byte after its end.
    assertSuccess(try on("node3", ["sh", "-c", "printf x >>\(program)"]))
    let ended = try runOnHosts([program, "train", "--data", data, "--run", path("run")])
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertTrue(
      ended.errors.contains("htnet: rank 2 on node3 runs another htnet than rank 0 on node1"),
      ended.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
  }

  /// A cut that heals in time costs nothing but that.
  func testHostsThatCannotReachOneAnotherAreNamedBeforeTraining() throws {
    let few = ["training.epochs=30"]
    let expected = try undisturbedReport(few)
    assertSuccess(try cluster("cut", ["node2", "node3"]))
    let job = try startOnHosts(train("run", few))
    try job.waitUntil("a warning of", timeout: 100) {
      job.errors.contains(/node2 has not heard from node3|node3 has not heard from node2/)
    }
    XCTAssertFalse(try RunFiles(path("run")).events().contains("fold-started"))
    assertSuccess(try cluster("heal"))
    XCTAssertEqual(try job.wait(timeout: 120), 0, job.errors)
    XCTAssertEqual(try report("run"), expected)
  }

  func testAHostThatIsOffIsNamedBeforeTraining() throws {
    assertSuccess(try cluster("kill", ["node3"]))
    let ended = try runOnHosts(train("run"))
    XCTAssertNotEqual(ended.status, 0)
    XCTAssertTrue(ended.errors.contains("ssh: connect to host node3 port 22: "), ended.errors)
    let supervised = try on("node1", train("run") + ["--restarts", "0"])
    XCTAssertEqual(supervised.status, 70, supervised.errors)
    XCTAssertTrue(
      supervised.errors.contains(
        "; node3 cannot be reached: \"ssh node3 true\" says \"ssh: connect to host node3 port 22: "),
      supervised.errors)
    XCTAssertFalse(supervised.errors.contains("oversubscribe"), supervised.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
  }
}

/// A rank whose deadline is seconds instead of ten minutes: this bundle runs the job itself.
final class LocalClusterScene: XCTestCase {
  private static let variable = "HTNET_TEST_CLUSTER_SCENE"

  /// What mpirun starts.
  ///
  /// - Parameter train: The program and its arguments, as `arguments` of `TrainingTestCase`.
  static func command(_ train: [String], deadline: Double) -> [String] {
    let scene = (["\(deadline)"] + train.dropFirst(2)).joined(separator: "\t")
    return [
      "-x", "\(variable)=\(scene)", CommandLineTestCase.bundle,
      "CommandLineTests.LocalClusterScene/testTrain",
    ]
  }

  func testTrain() throws {
    guard let scene = ProcessInfo.processInfo.environment[Self.variable] else {
      throw XCTSkip("runs under mpirun, started by LocalClusterTests")
    }
    // The deadline, and pairs of an option and its value.
    let words = scene.split(separator: "\t").map(String.init)
    var options: [String: [String]] = [:]
    for index in stride(from: 1, to: words.count, by: 2) {
      options[words[index], default: []].append(words[index + 1])
    }
    ConsoleHandler.bootstrap()
    // XCTest's own status would hide it.
    exit(
      TrainingJob.run(
        TrainRequest(
          configuration: options["--config"]?.first, data: options["--data"]?.first,
          run: try XCTUnwrap(options["--run"]?.first), overrides: options["--set"] ?? []),
        version: "test", deadline: try XCTUnwrap(Double(words[0]))))
  }
}
