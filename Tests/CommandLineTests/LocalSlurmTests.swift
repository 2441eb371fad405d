import Foundation
import TestSupport
import XCTest

/// The Slurm template on hosts that are a Slurm cluster (`cluster/local-cluster up --slurm`).
final class LocalSlurmTests: LocalClusterTestCase {
  // Of each host a slot for each of the jobs.
  override class var options: [String] { ["--slurm", "--slots", "3"] }

  private static let template =
    ((#filePath as NSString).deletingLastPathComponent as NSString)
    .appendingPathComponent("../../cluster/htnet.sbatch")

  /// Submits the template; gives the job's number.
  private func submit(_ run: String, _ options: [String], launcher: String = "mpirun") throws
    -> String
  {
    let parts = (Self.template as NSString).deletingLastPathComponent
    let ended = try on(
      "node1",
      [
        "sbatch", "--parsable", "--nodes=4", "--ntasks-per-node=1", "--cpus-per-task=1",
        "--output=\(path("job-%j.out"))",
        "--export=ALL,HTNET=\(Self.binary),HTNET_CLUSTER=\(parts),HTNET_LAUNCHER=\(launcher)",
      ] + options + [Self.template, path("config.yaml"), data, path(run)])
    assertSuccess(ended)
    return ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func output(_ job: String) -> String {
    (try? String(contentsOfFile: path("job-\(job).out"), encoding: .utf8)) ?? ""
  }

  private func state(_ job: String) throws -> String {
    try on("node1", ["squeue", "--noheader", "--states=all", "--format=%T", "--job", job]).output
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func wait(_ what: String, _ job: String, timeout: Double, _ condition: () throws -> Bool)
    throws
  {
    let start = Date()
    while try !condition() {
      if Date().timeIntervalSince(start) > timeout {
        return XCTFail("waited \(timeout) s for \(what): \(try state(job))\n\(output(job))")
      }
      usleep(200_000)
    }
  }

  /// Side by side, since Slurm lets each of them wait.
  func testSignalsAndDeaths() throws {
    let expected = try undisturbedReport()
    try sideBySide([
      assertTheSignalBeforeTheTimeIsOverPutsTheJobIntoTheQueueAgain,
      assertARankOfSrunThatDiesCostsAStart, assertScancelOfTheBatchScriptStopsForGood,
    ]) { try $0(expected) }
  }

  private func assertTheSignalBeforeTheTimeIsOverPutsTheJobIntoTheQueueAgain(_ expected: Data)
    throws
  {
    // Slurm looks at its clock now and then, so the signal comes after 5 to 30 s.
    let run = "signal"
    let job = try submit(run, ["--time=1", "--signal=B:USR1@55"])
    try wait("a fold", job, timeout: 60) {
      try RunFiles(path(run)).events().contains("fold-started")
    }
    // However fast this machine is, the signal meets the run in the middle.
    let ranks = try ["node1", "node2", "node3", "node4"].flatMap {
      try processes($0, Self.binary, of: run)
    }
    XCTAssertEqual(ranks.count, 4)
    for rank in ranks { kill(rank, SIGSTOP) }
    try wait("the signal", job, timeout: 60) { output(job).contains("Forwarding signal") }
    for rank in ranks { kill(rank, SIGCONT) }
    try wait("the requeue", job, timeout: 60) {
      output(job).contains("the next job goes on")
    }
    XCTAssertEqual(try RunFiles(path(run)).events().last, "job-stopped")
    // Once is enough.
    assertSuccess(try on("node1", ["scontrol", "update", "JobId=\(job)", "TimeLimit=9"]))
    try wait("the end", job, timeout: 120) { try state(job) == "COMPLETED" }
    XCTAssertNotNil(
      output(job).firstMatch(of: /fold \S+ goes on after epoch \d+, step \d+/), output(job))
    XCTAssertEqual(try report(run), expected)
  }

  /// Slurm ends the others by SIGTERM: they stop with checkpoints and 75, or are killed, if that takes too long.
  private func assertARankOfSrunThatDiesCostsAStart(_ expected: Data) throws {
    let run = "death"
    let job = try submit(run, [], launcher: "srun")
    try wait("a fold", job, timeout: 60) {
      try RunFiles(path(run)).events().contains("fold-started")
    }
    let ranks = try processes("node3", Self.binary, of: run)
    XCTAssertEqual(ranks.count, 1)
    for rank in ranks { kill(rank, SIGKILL) }
    try wait("the end", job, timeout: 300) { try state(job) == "COMPLETED" }
    let words = output(job)
    XCTAssertTrue(words.contains("node3: task 2: Killed"), words)
    XCTAssertNotNil(
      words.firstMatch(
        of: #/status 75\nthe next job goes on|status 137\nsomething died: started again/#), words)
    let starts = try RunFiles(path(run)).events().filter { $0 == "job-started" }
    XCTAssertEqual(starts.count, 2, words)
    XCTAssertEqual(try report(run), expected)
  }

  private func assertScancelOfTheBatchScriptStopsForGood(_: Data) throws {
    let run = "cancel"
    let job = try submit(run, [])
    try wait("a fold", job, timeout: 60) {
      try RunFiles(path(run)).events().contains("fold-started")
    }
    assertSuccess(try on("node1", ["scancel", "--batch", "--signal=INT", job]))
    try wait("the end", job, timeout: 60) { output(job).contains("htnet ended with status 75") }
    XCTAssertFalse(output(job).contains("the next job goes on"), output(job))
    XCTAssertEqual(try RunFiles(path(run)).events().last, "job-stopped")
    try wait("its state", job, timeout: 30) { try state(job) == "FAILED" }
  }
}
