import TestSupport
import XCTest

/// A run that was cut off goes on with the same command and ends as if nothing had happened.
final class ResumeTests: TrainingTestCase {
  /// The report of a run that nothing disturbed.
  private func undisturbedReport() throws -> Data {
    assertSuccess(try htnet(ranks: 2, arguments("undisturbed")))
    return try report("undisturbed")
  }

  /// Starts a run and waits until it has finished a fold and every group has begun another: a stop
  /// between two folds leaves no checkpoint.
  private func startAndWaitForAFold(_ run: String, ranks: Int?) throws -> ChildProcess {
    let child = try startHtnet(ranks: ranks, arguments(run))
    let files = RunFiles(path(run))
    try child.waitUntil("a finished fold of") {
      let finished = try files.subjects("fold-finished").count
      return try finished > 0 && files.subjects("fold-started").count >= finished + (ranks ?? 1)
    }
    return child
  }

  /// The folds that a run has finished, with the numbers of their result files, which change
  /// when a file is written again.
  private func finished(_ run: String) throws -> [String: UInt64] {
    let files = RunFiles(path(run))
    XCTAssertFalse(try files.events().contains("run-finished"), "was not caught in the middle")
    var numbers: [String: UInt64] = [:]
    for subject in try files.subjects("fold-finished") {
      let attributes = try FileManager.default.attributesOfItem(
        atPath: "\(files.path)/folds/\(subject)/result.json")
      numbers[subject] = attributes[.systemFileNumber] as? UInt64
    }
    XCTAssertFalse(numbers.isEmpty)
    return numbers
  }

  /// Runs the same command again and checks that only what was missing was done, and that a fold
  /// went on at its checkpoint if one was `stopped`.
  private func goOn(
    _ run: String, ranks: Int?, after before: [String: UInt64], expected: Data,
    stopped: Bool = false
  ) throws {
    let ended = try ranks.map { try htnet(ranks: $0, arguments(run)) } ?? htnet(arguments(run))
    assertSuccess(ended)
    if stopped {
      XCTAssertNotNil(
        ended.errors.firstMatch(of: /fold \S+ goes on after epoch \d+, step \d+/), ended.errors)
    }
    XCTAssertTrue(
      ended.errors.contains("going on: \(before.count) of 5 folds are finished"), ended.errors)
    let files = RunFiles(path(run))
    let done = try files.subjects("fold-finished")
    XCTAssertEqual(done.count, 5)
    XCTAssertEqual(Set(done).count, 5, "a fold was done twice: \(done)")
    XCTAssertEqual(try files.events().last, "run-finished")
    for (subject, number) in before {
      let attributes = try FileManager.default.attributesOfItem(
        atPath: "\(files.path)/folds/\(subject)/result.json")
      XCTAssertEqual(attributes[.systemFileNumber] as? UInt64, number, "\(subject) was done again")
    }
    XCTAssertEqual(try report(run), expected)
  }

  func testRanksStoppedInTheMiddle() throws {
    let expected = try undisturbedReport()
    let disturbances: [(name: String, status: Int32, disturb: (ChildProcess, [pid_t]) -> Void)] = [
      // One rank dies and takes the job with it.
      ("killed", Mpirun.killedStatus, { kill($1[1], SIGKILL) }),
      // mpirun knows nothing of the signal, and ends with its ranks' status.
      ("terminated", 75, { $1.forEach { rank in kill(rank, SIGTERM) } }),
      ("interrupted", Mpirun.interruptedStatus, { mpirun, _ in mpirun.signal(SIGINT) }),
    ]
    for (run, status, disturb) in disturbances {
      let child = try startAndWaitForAFold(run, ranks: 2)
      let ranks = child.members.filter { $0.value == "htnet" }.keys.sorted()
      XCTAssertEqual(ranks.count, 2)
      disturb(child, ranks)
      XCTAssertEqual(try child.wait(timeout: 30), status, child.errors)
      try goOn(
        run, ranks: 2, after: finished(run), expected: expected, stopped: run == "terminated")
    }
  }

  func testStoppedAloneAndGoneOn() throws {
    let expected = try undisturbedReport()
    let child = try startAndWaitForAFold("run", ranks: nil)
    child.signal(SIGTERM)
    XCTAssertEqual(try child.wait(timeout: 30), 75, child.errors)
    try goOn("run", ranks: nil, after: finished("run"), expected: expected, stopped: true)
  }

  /// A fold whose checkpoint was taken after its last step has nothing left to train.
  func testStoppedAtAFoldsLastStep() throws {
    let only = ["folds.include=sub01", "training.epochs=1", "training.batch_size=128"]
      .flatMap { ["--set", $0] }
    assertSuccess(try htnet(arguments("undisturbed") + only))
    let expected = try report("undisturbed")
    for ranks in [nil, 2] {
      let run = "run-\(ranks ?? 1)"
      let command = command(ranks: ranks, arguments(run) + only)
      // The signal comes while the ledger's second record is written: the fold begins.
      let stopped = try self.run(
        command,
        environment: environment(
          fault("write", 2, "usr1", in: path(run) + "/ledger.jsonl", rank: ranks.map { _ in 0 })))
      XCTAssertEqual(stopped.status, 75, stopped.errors)
      let ended = try self.run(command, environment: Mpirun.environment)
      assertSuccess(ended)
      XCTAssertTrue(ended.errors.contains("goes on after epoch 0, step 1"), ended.errors)
      XCTAssertEqual(try report(run), expected)
    }
  }

  func testKilledAloneAndGoneOnElsewhere() throws {
    let expected = try undisturbedReport()
    let child = try startAndWaitForAFold("run", ranks: nil)
    child.signal(SIGKILL)
    XCTAssertEqual(try child.wait(), 137)
    let before = try finished("run")
    // The crash cut a line of the ledger in the middle of its writing.
    let ledger = path("run/ledger.jsonl")
    let whole = try XCTUnwrap(FileManager.default.contents(atPath: ledger))
    let torn = whole + Data(#"{"event":"fold-finished","resultSHA256":"12"#.utf8)
    try torn.write(to: URL(fileURLWithPath: ledger))
    try goOn("run", ranks: 3, after: before, expected: expected)
    let healed = try XCTUnwrap(FileManager.default.contents(atPath: ledger))
    XCTAssertTrue(healed.starts(with: whole))
    XCTAssertFalse(String(decoding: healed, as: UTF8.self).contains("\"12{"))
    XCTAssertEqual(
      healed.split(separator: 10).count, try RunFiles(path("run")).ledger().count)
  }

  func testAFoldWhoseResultIsDamagedIsDoneAgain() throws {
    let include = ["--set", "folds.include=sub01,001", "--set", "training.epochs=2"]
    assertSuccess(try htnet(arguments("run") + include))
    let expected = try report("run")
    let result = path("run/folds/001/result.json")
    var bytes = try XCTUnwrap(FileManager.default.contents(atPath: result))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: result))
    let again = try htnet(arguments("run") + include)
    assertSuccess(again)
    XCTAssertTrue(again.errors.contains("001/result.json: is not the result"), again.errors)
    XCTAssertEqual(
      try RunFiles(path("run")).subjects("fold-finished"), ["sub01", "001", "001"])
    XCTAssertEqual(try report("run"), expected)
  }
}
