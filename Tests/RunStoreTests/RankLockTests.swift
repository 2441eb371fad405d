import Foundation
import RunStore
import XCTest

/// A new job waits for the last rank of an earlier one, not only for its first.
final class RankLockTests: XCTestCase {
  private let run = RunDirectory(NSTemporaryDirectory() + "htnet-ranks-\(UUID().uuidString)")
  private let owner = RunLock.Owner(host: "here", pid: 17, since: "2024-01-01T00:00:00Z")

  override func setUpWithError() throws { try run.prepare() }

  override func tearDown() { try? FileManager.default.removeItem(atPath: run.path) }

  private func lock(_ owner: RunLock.Owner? = nil) throws -> RunLock {
    try RunLock(run, owner: owner ?? self.owner, patience: 0) { XCTFail($0) }
  }

  private func rank() throws -> RankLock { try RankLock(run) { XCTFail($0) } }

  func testRanksOfALivingJobAreRefusedNothing() throws {
    let job = try lock()
    let ranks = try [rank(), rank()]
    withExtendedLifetime((job, ranks)) {}
  }

  func testNewJobIsRefusedUntilTheLastRankIsGone() throws {
    var job: RunLock? = try lock()
    var ranks: [RankLock] = try [rank(), rank()]
    withExtendedLifetime(job) {}
    job = nil
    let next = RunLock.Owner(host: "there", pid: 18, since: "2024-01-02T00:00:00Z")
    for _ in 0..<2 {
      XCTAssertThrowsError(try lock(next)) { error in
        let text = "\(error)"
        XCTAssertTrue(error is RunInUse, text)
        for word in ["others of its ranks", "process 17 on here", "remove \(run.lockPath)"] {
          XCTAssertTrue(text.contains(word), text)
        }
      }
      ranks.removeLast()
    }
    let second = try lock(next)
    XCTAssertEqual(RunLock.owner(of: run), next)
    // Its own ranks come in together as the first job's did.
    ranks = try [rank(), rank()]
    withExtendedLifetime((second, ranks)) {}
  }

  /// While the first rank lives, that it does is the reason.
  func testLivingJobIsNamedBeforeItsRanks() throws {
    let job = try lock()
    let rank = try rank()
    XCTAssertThrowsError(try lock()) { error in
      XCTAssertTrue("\(error)".contains("another job is using"), "\(error)")
    }
    withExtendedLifetime((job, rank)) {}
  }

  func testHostsOfTheLastJobAreNamed() throws {
    let ledger = try LedgerWriter(path: run.ledgerPath)
    for hosts in [["old"], ["a", "a", "b"]] {
      try ledger.append(
        .jobStarted(
          .init(
            time: "2024-01-01T00:00:00Z", program: "htnet", configurationSHA256: "", dataSHA256: "",
            protocols: [], classes: 3, clips: [], tasks: [],
            machine: .init(
              hosts: hosts, ranks: hosts.count, groups: [], threadsPerRank: 1, cpu: "",
              kernel: "", mpi: ""))))
    }
    let rank = try rank()
    XCTAssertThrowsError(try lock()) { error in
      XCTAssertTrue("\(error)".contains("are alive (on a, b, as the ledger has it)"), "\(error)")
    }
    // A ledger that says nothing hides nothing else.
    try Data("?\n".utf8).write(to: URL(fileURLWithPath: run.ledgerPath))
    XCTAssertThrowsError(try lock()) { error in
      XCTAssertTrue("\(error)".contains("are alive and may write here"), "\(error)")
    }
    withExtendedLifetime(rank) {}
  }

  func testRankThatDoesNotSeeTheDirectoryTrainsWithoutALock() {
    XCTAssertNoThrow(try RankLock(RunDirectory(run.path + "/elsewhere")) { XCTFail($0) })
    XCTAssertFalse(FileManager.default.fileExists(atPath: run.path + "/elsewhere"))
  }
  func testRankThatCannotOpenTheLockSaysSo() throws {
    try FileManager.default.createDirectory(
      atPath: run.lockPath, withIntermediateDirectories: false)
    var warnings: [String] = []
    _ = try RankLock(run) { warnings.append($0) }
    XCTAssertEqual(warnings.count, 1)
    XCTAssertTrue(warnings[0].contains("\(run.lockPath): cannot open the lock: "), warnings[0])
  }
}
