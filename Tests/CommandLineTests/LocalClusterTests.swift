import TestSupport
import XCTest

/// Runs over four hosts with names, addresses and an sshd of their own: what they must have in common, and
/// reach.
final class LocalClusterTests: LocalClusterTestCase {
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

  func testWhatOneHostHasForItselfIsRefused() throws {
    // Two of them wait for a file server that might be slow.
    try sideBySide([
      assertARunDirectoryOfOneHostIsRefused, assertAHostThatMayOnlyReadTheRunDirectoryIsRefused,
      assertAnotherBuildOnOneHostIsRefused,
    ]) { try $0() }
  }

  private func assertARunDirectoryOfOneHostIsRefused() throws {
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

  private func assertAHostThatMayOnlyReadTheRunDirectoryIsRefused() throws {
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

  private func assertAnotherBuildOnOneHostIsRefused() throws {
    // Each host has its own.
    let program = "/dev/shm/htnet"
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
    let warning = #/(node\d) has not heard from (.+?) for \d+ s;/#
    try job.waitUntil("a warning of", timeout: 100) { job.errors.contains(warning) }
    XCTAssertFalse(try RunFiles(path("run")).events().contains("fold-started"))
    assertSuccess(try cluster("heal"))
    XCTAssertEqual(try job.wait(timeout: 120), 0, job.errors)
    XCTAssertEqual(try report("run"), expected)
    // Nobody says anything of those that all reach.
    for said in job.errors.matches(of: warning) {
      XCTAssertTrue(["node2 node3", "node3 node2"].contains("\(said.1) \(said.2)"), job.errors)
    }
  }

  /// Who only waits until rank 0 has heard from all says nothing of rank 0's host.
  func testAHostThatCannotReachRankZeroIsNamedByTheTwo() throws {
    assertSuccess(try cluster("cut", ["node1", "node3"]))
    // From a host that reaches all of them.
    let job = try start(
      on: "node4",
      ["mpirun", "-n", "3", "--host", "node1,node2,node3"] + train("run", ["training.epochs=30"]))
    try job.waitUntil("both warnings of", timeout: 100) {
      job.errors.contains("node1 has not heard from the host of rank 2 for ")
        && job.errors.contains("node3 has not heard from rank 0's host for ")
    }
    assertSuccess(try cluster("heal"))
    XCTAssertEqual(try job.wait(timeout: 120), 0, job.errors)
    XCTAssertFalse(job.errors.contains("node2 has not heard"), job.errors)
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
