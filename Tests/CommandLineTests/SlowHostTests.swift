import Foundation
import XCTest

/// A host whose messages are slow, among others that compute as fast.
final class SlowHostTests: LocalClusterTestCase {
  override class var epochs: Int { 1_000_000 }

  func testTheLogNamesARankWhoseMessagesAreSlow() throws {
    // What node3 sends leaves at 0.5 MB/s.
    assertSuccess(
      try on(
        "node3",
        "tc qdisc add dev eth0 root tbf rate 4mbit burst 8kb latency 400ms".components(
          separatedBy: " ")))
    let job = try startOnHosts(
      [Self.binary]
        + arguments(
          "run",
          ["cluster.ranks_per_fold=4", "folds.include=[sub01]", "training.threads_per_rank=1"]))
    try job.waitUntil("a warning of", timeout: 180) {
      job.errors.contains(
        /htnet.*: warning: rank 2 on node3 is slow: its group waits for its messages/)
    }
    for rank in [0, 1, 3] {
      XCTAssertFalse(job.errors.contains("rank \(rank) on node\(rank + 1) is slow"), job.errors)
    }
    job.signal(SIGUSR1)
    XCTAssertEqual(try job.wait(timeout: 120), 75, job.errors)
  }
}
