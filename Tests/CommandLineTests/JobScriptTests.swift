import Foundation
import XCTest

/// `cluster/job.sh`, which decides what follows the end of a job's program.
final class JobScriptTests: JobTestCase {
  private func start(earlier: Int) throws -> ChildProcess {
    // It would wait for two minutes.
    try script(
      "job",
      """
      set -u
      source '\(Self.cluster)/job.sh'
      sleep() { echo "slept for $1 s"; }
      find_htnet
      queue_again() { echo again >>queued; }
      [ ! -e unwanted ] || still_wanted() { false; }
      run_job run \(earlier) "$htnet" train
      """)
    return try start([path("job")], environment: variables)
  }

  /// Runs a job whose program ends so, again and again, and checks how often it was started, how often a
  /// next job was queued, and the job's own status.
  @discardableResult
  private func expect(
    _ statuses: [String], earlier: Int = 0, trained: Int, queued: Int, status: Int32,
    file: StaticString = #filePath, line: UInt = #line
  ) throws -> String {
    try prepare(statuses)
    let job = try start(earlier: earlier)
    XCTAssertEqual(try job.wait(), status, job.output + job.errors, file: file, line: line)
    XCTAssertEqual(lines("trained").count, trained, job.output, file: file, line: line)
    XCTAssertEqual(lines("queued").count, queued, job.output, file: file, line: line)
    XCTAssertEqual(job.errors, "", file: file, line: line)
    return job.output
  }

  private var deaths: Int { lines("run/deaths.txt").count }

  func testDeathsInARow() throws {
    let dead = ["137", "1", "137"]
    // The first costs a start on the same hosts, each other one a job.
    let first = try expect(dead, trained: 2, queued: 1, status: 0)
    XCTAssertTrue(first.contains("something died: started again on the same hosts"), first)
    XCTAssertEqual(deaths, 2)
    for earlier in [1, 2] {
      try expect(dead, earlier: earlier, trained: 1, queued: 1, status: 0)
    }
    let last = try expect(dead, earlier: 3, trained: 1, queued: 0, status: 137)
    XCTAssertTrue(last.contains("5 deaths in a row without progress: not started again"), last)
    XCTAssertEqual(deaths, 5)
    // Whoever submits the run anew begins to count anew.
    try expect(["137", "0"], trained: 2, queued: 0, status: 0)
    XCTAssertEqual(deaths, 0)
  }

  func testProgressEndsARow() throws {
    for file in ["manifest.json", "result.json"] {
      try expect(
        ["137", "137 " + file, "137 " + file, "137", "0"], trained: 4, queued: 1, status: 0)
      XCTAssertEqual(deaths, 2, file)
      // Nor does it count what earlier jobs lost.
      try expect(["75 " + file], earlier: 1, trained: 1, queued: 1, status: 0)
      XCTAssertEqual(deaths, 0, file)
    }
    // Others grow though nothing is done.
    try expect(["137", "137 ledger.jsonl", "0"], trained: 2, queued: 1, status: 0)
    XCTAssertEqual(deaths, 2)
  }

  func testWhatWouldHappenAgainIsNotTriedAgain() throws {
    for status: Int32 in [2, 74] {
      let output = try expect(["\(status)", "0"], trained: 1, queued: 0, status: status)
      XCTAssertTrue(output.contains("the same would happen again: not started again"), output)
      XCTAssertEqual(deaths, 0)
    }
  }

  /// Whoever holds the run is another job, or ranks that this series has lost.
  func testARunInUse() throws {
    try expect(["73", "0"], trained: 1, queued: 0, status: 73)
    let lost = try expect(["137", "73", "0"], trained: 2, queued: 1, status: 0)
    XCTAssertTrue(lost.contains("slept for 120 s"), lost)
    XCTAssertEqual(deaths, 2)
    unlink(path("run/deaths.txt"))
    let later = try expect(["73", "0"], earlier: 1, trained: 2, queued: 0, status: 0)
    XCTAssertTrue(later.contains("slept for 120 s"), later)
  }

  func testAStopQueuesTheNextJob() throws {
    let output = try expect(["75", "0"], trained: 1, queued: 1, status: 0)
    XCTAssertTrue(output.contains("the next job goes on"), output)
    XCTAssertFalse(output.contains("report of"), output)
  }

  /// Under srun the others stop with 75 when a rank dies: nobody asked this script for it.
  func testAStopThatNobodyAskedForIsADeathUnlessItMovedOn() throws {
    for earlier in 0..<4 {
      try expect(["75", "0"], earlier: earlier, trained: 1, queued: 1, status: 0)
      XCTAssertEqual(deaths, earlier + 1)
    }
    let last = try expect(["75"], earlier: 4, trained: 1, queued: 0, status: 75)
    XCTAssertTrue(last.contains("5 deaths in a row without progress: not started again"), last)
  }

  func testTheEndWritesTheReport() throws {
    for status: Int32 in [0, 76] {
      let output = try expect(["137", "\(status)", "0"], trained: 2, queued: 0, status: status)
      XCTAssertTrue(output.hasSuffix("report of run\n"), output)
      XCTAssertEqual(deaths, 0)
    }
  }

  func testAJobThatIsNoLongerWantedEnds() throws {
    try write("", to: "unwanted")
    for status: Int32 in [75, 137] {
      try expect(["\(status)", "0"], trained: 1, queued: 0, status: status)
    }
  }

  func testASignalReachesTheProgram() throws {
    // Of the scheduler shortly before the time is over; of people, who mean it.
    for (signal, queued, status) in [(SIGUSR1, 1, Int32(0)), (SIGTERM, 0, 75), (SIGINT, 0, 75)] {
      try prepare(["signal", "0"])
      let job = try start(earlier: 0)
      try job.waitUntil("the start of") { !self.lines("trained").isEmpty && self.isWaiting }
      job.signal(signal)
      XCTAssertEqual(try job.wait(), status, job.output)
      XCTAssertTrue(job.output.contains("htnet ended with status 75"), job.output)
      XCTAssertEqual(lines("trained").count, 1, job.output)
      XCTAssertEqual(lines("queued").count, queued, job.output)
    }
  }

  private var isWaiting: Bool { FileManager.default.fileExists(atPath: path("waiting")) }

  func testAProgramThatIsNotThere() throws {
    unlink(path("htnet"))
    let job = try start(earlier: 0)
    XCTAssertEqual(try job.wait(), 2)
    XCTAssertTrue(job.errors.contains("error: HTNET=\(path("htnet")) is no program on"), job.errors)
    XCTAssertEqual(lines("queued"), [])
  }
}
