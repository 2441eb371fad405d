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

  /// Starts a program on every host, under mpirun.
  func startOnHosts(_ command: [String]) throws -> ChildProcess {
    try start(tool("run", command))
  }

  func runOnHosts(_ command: [String], timeout: Double = 120) throws -> Ended {
    let child = try startOnHosts(command)
    let status = try child.wait(timeout: timeout)
    return Ended(status: status, output: child.output, errors: child.errors)
  }

  /// Runs a command on one host.
  func on(_ host: String, _ command: [String]) throws -> Ended {
    try cluster("exec", [host] + command)
  }

  /// A host's processes whose command line begins so, by this machine's ids; a supervisor is none of them.
  func processes(_ host: String, _ beginning: String) throws -> [pid_t] {
    try cluster("ps", [host]).output.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
      guard fields.count == 3, fields[2].drop(while: { $0 == " " }).hasPrefix(beginning),
        !fields[2].contains(" --restarts ")
      else { return nil }
      return pid_t(fields[0])
    }
  }

  /// Waits until a host's rank trains a fold that has a checkpoint.
  func waitForCheckpoint(_ job: ChildProcess, _ run: String, rank: Int) throws {
    let files = RunFiles(path(run))
    try job.waitUntil("a checkpoint of", timeout: 120) {
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
