import Foundation
import XCTest

/// `htnet train --restarts`, and two jobs on one run directory.
final class SupervisorTests: CommandLineTestCase {
  private var data = ""
  private var config = ""
  /// Sessions of the mpiruns that supervisors have started.
  private var sessions: Set<pid_t> = []

  override func setUpWithError() throws {
    try super.setUpWithError()
    data = try synthesize()
    config = try write(
      """
      model: {dim: 12, heads: 3, hierarchies: 3, block_repeats: [1, 1, 1]}
      training: {epochs: 150, batch_size: 8, learning_rate: 1.0e-3, shuffle: true}
      """, to: "config.yaml")
  }

  override func tearDown() {
    for session in sessions {
      for (process, _) in members(of: session) { kill(process, SIGKILL) }
    }
    super.tearDown()
  }

  private func arguments(_ run: String) -> [String] {
    ["train", "--config", config, "--data", data, "--run", path(run)]
  }

  private func supervise(_ run: String, restarts: Int = 5) throws -> ChildProcess {
    // What mpirun needs for two ranks on this machine.
    let extra = Mpirun.command(ranks: 2, []).dropFirst(3).joined(separator: " ")
    return try start(
      [Self.binary] + arguments(run)
        + ["--restarts", "\(restarts)", "--ranks", "2", "--mpirun-args", extra],
      environment: Mpirun.environment)
  }

  /// Running processes of a session, by id, with their names.
  private func members(of session: pid_t) -> [pid_t: String] {
    var members: [pid_t: String] = [:]
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for process in names.compactMap({ pid_t($0) }) {
      let line = FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data()
      let text = String(decoding: line, as: UTF8.self)
      guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")") else {
        continue
      }
      let fields = text[text.index(after: close)...].split(separator: " ")
      guard fields.count > 3, fields[3] == "\(session)", fields[0] != "Z" else { continue }
      members[process] = String(text[text.index(after: open)..<close])
    }
    return members
  }

  /// Waits until a supervisor's job has finished a fold; gives the job's session.
  private func waitForAFold(_ supervisor: ChildProcess, _ run: String) throws -> pid_t {
    try supervisor.waitUntil("a finished fold of") {
      try !RunFiles(path(run)).subjects("fold-finished").isEmpty
    }
    let text = try XCTUnwrap(supervisor.errors.firstMatch(of: /job 1, process ([0-9]+):/))
    let session = try XCTUnwrap(pid_t(text.1))
    sessions.insert(session)
    return session
  }

  private func report(_ run: String) throws -> Data {
    assertSuccess(try htnet(["report", path(run)]))
    return try RunFiles(path(run)).report("report.json")
  }

  func testKilledRankCostsARestart() throws {
    let supervisor = try supervise("killed")
    let session = try waitForAFold(supervisor, "killed")
    let ranks = members(of: session).filter { $0.value == "htnet" }.keys
    XCTAssertFalse(try RunFiles(path("killed")).events().contains("run-finished"))
    kill(try XCTUnwrap(ranks.max()), SIGKILL)
    XCTAssertEqual(try supervisor.wait(), 0, supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("restart 1 of 5"), supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("the run is complete"), supervisor.errors)
    let done = try RunFiles(path("killed")).subjects("fold-finished")
    XCTAssertEqual(done.count, Set(done).count, "a fold was done twice: \(done)")
    XCTAssertEqual(members(of: session), [:])
    assertSuccess(try htnet(arguments("undisturbed")))
    XCTAssertEqual(try report("killed"), try report("undisturbed"))
  }

  func testSignalStopsTheJobWithoutARestart() throws {
    let supervisor = try supervise("stopped")
    let session = try waitForAFold(supervisor, "stopped")
    supervisor.signal(SIGTERM)
    XCTAssertEqual(try supervisor.wait(), 75, supervisor.errors)
    XCTAssertFalse(supervisor.errors.contains("restart 1"), supervisor.errors)
    XCTAssertEqual(members(of: session), [:])
    XCTAssertTrue(try RunFiles(path("stopped")).events().contains("job-stopped"))
    assertSuccess(try htnet(arguments("stopped")))
  }

  func testBadInputIsNotTriedAgain() throws {
    let supervisor = try start(
      [Self.binary] + arguments("bad")
        + ["--restarts", "3", "--ranks", "1", "--set", "training.epochs=0"],
      environment: Mpirun.environment)
    XCTAssertEqual(try supervisor.wait(), 2, supervisor.errors)
    XCTAssertTrue(supervisor.errors.contains("training.epochs"), supervisor.errors)
    XCTAssertFalse(supervisor.errors.contains("job 2"), supervisor.errors)
  }

  func testOptionsThatDoNotFit() throws {
    for (extra, environment, word) in [
      (["--ranks", "2"], [:], "--restarts"),
      (["--restarts=-1"], [:], "below 0"),
      (["--restarts", "1", "--ranks", "0"], [:], "below 1"),
      (["--restarts", "1", "--stall-deadline", "0"], [:], "not above 0"),
      (["--restarts", "1"], ["OMPI_COMM_WORLD_SIZE": "2"], "leave out the mpirun"),
    ] {
      let ended = try run([Self.binary] + arguments("none") + extra, environment: environment)
      XCTAssertEqual(ended.status, 2, ended.errors)
      XCTAssertTrue(ended.errors.contains(word), ended.errors)
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("none")))
  }

  func testSecondJobIsRefusedAndACrashLeavesNoLock() throws {
    let first = try startHtnet(arguments("shared"))
    try first.waitUntil("a finished fold of") {
      try !RunFiles(path("shared")).subjects("fold-finished").isEmpty
    }
    first.signal(SIGSTOP)
    let second = try htnet(arguments("shared"))
    XCTAssertEqual(second.status, 73, second.errors)
    XCTAssertTrue(second.errors.contains("process \(first.identifier) on "), second.errors)
    first.signal(SIGKILL)
    XCTAssertEqual(try first.wait(), 128 + SIGKILL)
    assertSuccess(try htnet(arguments("shared")))
  }
}
