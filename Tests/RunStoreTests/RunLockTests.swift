import Evaluation
import Foundation
import RunStore
import Tasks
import XCTest

/// One job writes to a run directory, and a record is in the ledger whole or not at all.
final class RunLockTests: XCTestCase {
  private let run = RunDirectory(NSTemporaryDirectory() + "htnet-lock-\(UUID().uuidString)")
  private let owner = RunLock.Owner(host: "here", pid: 17, since: "2024-01-01T00:00:00Z")

  override func setUpWithError() throws { try run.prepare() }

  override func tearDown() { try? FileManager.default.removeItem(atPath: run.path) }

  private func lock() throws -> RunLock {
    try RunLock(run, owner: owner, patience: 0) { XCTFail($0) }
  }

  func testSecondIsRefusedWhileTheFirstLives() throws {
    var first: RunLock? = try lock()
    XCTAssertThrowsError(try lock()) { error in
      let text = "\(error)"
      XCTAssertTrue(error is RunInUse, text)
      for word in [run.path, "17", "here", "2024-01-01T00:00:00Z"] {
        XCTAssertTrue(text.contains(word), text)
      }
    }
    withExtendedLifetime(first) {}
    first = nil
    // The file stays, and keeps nobody out.
    XCTAssertTrue(FileManager.default.fileExists(atPath: run.lockPath))
    XCTAssertNoThrow(try lock())
  }

  func testFileOfADeadJobIsNoLock() throws {
    try "{\"host\":\"gone\",\"pid\":1,\"since\":\"then\"}".write(
      toFile: run.lockPath, atomically: false, encoding: .utf8)
    let lock = try lock()
    XCTAssertEqual(RunLock.owner(of: run), owner)
    withExtendedLifetime(lock) {}
  }

  func testAForeignFileIsNotOverwritten() throws {
    for text in ["mine", "{}", "{\"host\":\"here\",\"pid\":1"] {
      try text.write(toFile: run.lockPath, atomically: false, encoding: .utf8)
      XCTAssertThrowsError(try lock()) {
        XCTAssertEqual(
          "\($0)",
          "\(run.lockPath): is no lock of htnet's, and would be overwritten; move it away, or name "
            + "another directory with --run")
      }
      XCTAssertEqual(try String(contentsOfFile: run.lockPath, encoding: .utf8), text)
    }
    unlink(run.lockPath)
    XCTAssertTrue(FileManager.default.createFile(atPath: run.lockPath, contents: nil))
    XCTAssertNoThrow(try lock())
  }

  /// A directory is a run's by a ledger, or by a lock that a job has written.
  func testALockAloneMakesNoRun() throws {
    func assertForeign(_ name: String, _ more: String = "", line: UInt = #line) {
      XCTAssertThrowsError(try run.prepare(), line: line) {
        XCTAssertEqual(
          "\($0)",
          "\(run.path): is not empty and holds no run, but \"\(name)\"\(more); name a new or empty "
            + "directory with --run (files that end in .log, .out, .err, .txt may be there)",
          line: line)
      }
    }
    func write(_ text: String, _ name: String) throws {
      try text.write(toFile: run.path + "/" + name, atomically: false, encoding: .utf8)
    }
    try write("", "lock")
    XCTAssertNoThrow(try run.prepare())
    try write("mine", "lock")
    assertForeign("lock")
    try write("x", "notes.md")
    assertForeign("lock", " and 1 more")
    try write("", "lock")
    assertForeign("notes.md")
    try FileManager.default.removeItem(atPath: run.path + "/notes.md")
    try write("x", "draft.2024.tmp")
    assertForeign("draft.2024.tmp")
    try write("{\"host\":\"gone\",\"pid\":1,\"since\":\"then\"}", "lock")
    XCTAssertNoThrow(try run.prepare())
    try run.removeLeftovers()
    XCTAssertTrue(FileManager.default.fileExists(atPath: run.path + "/draft.2024.tmp"))
  }

  func testWhatIsNoFileIsNoLock() throws {
    XCTAssertEqual(mkfifo(run.lockPath, 0o600), 0)
    XCTAssertThrowsError(try lock()) {
      XCTAssertEqual("\($0)", "\(run.lockPath): is a pipe, not a file")
    }
    unlink(run.lockPath)
    try FileManager.default.createDirectory(
      atPath: run.lockPath, withIntermediateDirectories: false)
    XCTAssertThrowsError(try lock()) {
      XCTAssertEqual("\($0)", "\(run.lockPath): is a directory, not a file")
    }
  }

  func testHeartbeatIsTheTimeOfTheFile() throws {
    let lock = try lock()
    lock.beat(1_500_000_000_250_000_000)
    let attributes = try FileManager.default.attributesOfItem(atPath: run.lockPath)
    let date = try XCTUnwrap(attributes[.modificationDate] as? Date)
    XCTAssertEqual(date.timeIntervalSince1970, 1_500_000_000.25, accuracy: 0.001)
    withExtendedLifetime(lock) {}
  }

  func testLeftoversGoAndOtherFilesStay() throws {
    let fold = run.path(of: TaskKey(split: "s1"))
    try FileManager.default.createDirectory(
      atPath: fold + "/checkpoint", withIntermediateDirectories: true)
    let ours = [
      run.path + "/config.yaml.12.tmp", fold + "/result.json.345.tmp", run.path + "/.write-test.9",
      fold + "/checkpoint/manifest.json.6.tmp",
    ]
    let others = [
      run.path + "/notes.tmp", fold + "/result.json", fold + "/mine.txt",
      run.path + "/a.12.tmp.bak",
    ]
    for path in ours + others {
      XCTAssertTrue(FileManager.default.createFile(atPath: path, contents: nil))
    }
    try run.removeLeftovers()
    for path in ours { XCTAssertFalse(FileManager.default.fileExists(atPath: path), path) }
    for path in others { XCTAssertTrue(FileManager.default.fileExists(atPath: path), path) }
  }

  /// A write that the system cuts in the middle of a line.
  func testRecordThatDoesNotFitIsCutOff() throws {
    func record(_ reason: String) -> LedgerRecord {
      .jobStopped(.init(time: "2024-01-01T00:00:00Z", reason: reason))
    }
    let ledger = try LedgerWriter(path: run.ledgerPath)
    try ledger.append(record("first"))
    let before = try Data(contentsOf: URL(fileURLWithPath: run.ledgerPath))

    signal(SIGXFSZ, SIG_IGN)
    var free = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &free)
    var tight = free
    tight.rlim_cur = rlim_t(before.count + 20)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &tight)
    XCTAssertThrowsError(try ledger.append(record("second")))
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &free)

    XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: run.ledgerPath)), before)
    try ledger.append(record("third"))
    XCTAssertEqual(try run.ledger().records, [record("first"), record("third")])
  }
}
