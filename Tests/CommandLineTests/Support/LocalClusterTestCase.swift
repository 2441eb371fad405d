import Foundation
import TestSupport
import XCTest

/// A test on several hosts that `cluster/local-cluster` makes on this machine; skipped where it cannot.
class LocalClusterTestCase: TrainingTestCase {
  /// What `up` is told besides.
  class var options: [String] { [] }
  override class var epochs: Int { 300 }
  /// A directory that is another one on each host.
  var privateDirectory: String { path("private") }

  private static let tool =
    ((#filePath as NSString).deletingLastPathComponent as NSString)
    .appendingPathComponent("../../../cluster/local-cluster")
  private static let cannot: Int32 = 77

  override func setUpWithError() throws {
    try super.setUpWithError()
    try XCTSkipIf(Mpirun.isMPICH, "the hosts' commands are Open MPI's")
    let ended = try cluster("up", ["--private", privateDirectory] + Self.options)
    if ended.status == Self.cannot {
      // In one line, as a summary of the log would show it.
      let reason = ended.errors.split(whereSeparator: \.isNewline).joined(separator: "; ")
      throw XCTSkip("this test of several hosts did not run: \(reason)")
    }
    assertSuccess(ended)
  }

  override func tearDown() {
    // All that the hosts run has sessions of its own, and is ended by the hosts' namespaces.
    if let ended = try? cluster("down") { assertSuccess(ended) }
    super.tearDown()
  }

  @discardableResult
  func cluster(_ command: String, _ arguments: [String] = []) throws -> Ended {
    try run(tool(command, arguments))
  }

  private func tool(_ command: String, _ arguments: [String]) -> [String] {
    [Self.tool, "--state", path("cluster"), command] + arguments
  }

  /// The report of a run on this machine alone, which nothing disturbed.
  func undisturbedReport(_ settings: [String] = []) throws -> Data {
    assertSuccess(
      try htnet(arguments("undisturbed", settings + ["training.threads_per_rank=1"])))
    return try report("undisturbed")
  }

  /// The program and its arguments, for hosts that train and write checkpoints all the time.
  func train(_ run: String, _ settings: [String] = []) -> [String] {
    [Self.binary]
      + arguments(run, ["checkpoint.every_seconds=0", "training.threads_per_rank=1"] + settings)
  }

  /// Starts a program on every host, under mpirun.
  func startOnHosts(_ command: [String]) throws -> ChildProcess {
    try start(tool("run", command))
  }

  func runOnHosts(_ command: [String], timeout: Double = 300) throws -> Ended {
    let child = try startOnHosts(command)
    let status = try child.wait(timeout: timeout)
    return Ended(status: status, output: child.output, errors: child.errors)
  }

  /// Starts a command on one host.
  func start(on host: String, _ command: [String]) throws -> ChildProcess {
    try start(tool("exec", [host] + command))
  }

  /// Runs a command on one host.
  func on(_ host: String, _ command: [String]) throws -> Ended {
    try cluster("exec", [host] + command)
  }

  /// A host's processes whose command line begins so, by this machine's ids; a supervisor is none of them.
  ///
  /// - Parameter run: Only those that train it; nil: all.
  func processes(_ host: String, _ beginning: String, of run: String? = nil) throws -> [pid_t] {
    try cluster("ps", [host]).output.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
      guard fields.count == 3, fields[2].drop(while: { $0 == " " }).hasPrefix(beginning),
        !fields[2].contains(" --restarts "), run.map({ fields[2].contains(path($0)) }) ?? true
      else { return nil }
      return pid_t(fields[0])
    }
  }

  /// Waits until a host's rank trains a fold that has a checkpoint.
  func waitForCheckpoint(_ job: ChildProcess, _ run: String, rank: Int) throws {
    let files = RunFiles(path(run))
    try job.waitUntil("a checkpoint of", timeout: 300) {
      let finished = try files.subjects("fold-finished")
      return try files.ledger().contains { record in
        guard record["event"] as? String == "fold-started", let fold = RunFiles.split(record),
          (record["ranks"] as? [Int])?.contains(rank) == true, !finished.contains(fold)
        else { return false }
        return FileManager.default.fileExists(atPath: files.manifestPath(fold))
      }
    }
  }
}
