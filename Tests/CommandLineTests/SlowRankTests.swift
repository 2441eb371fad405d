import Foundation
import TestSupport
import XCTest

/// A rank that gets a fifth of a core only is named while it trains.
final class SlowRankTests: TrainingTestCase {
  func testTheLogNamesARankThatComputesSlowly() throws {
    let job = try startHtnet(
      ranks: 2,
      arguments(
        "run",
        [
          "folds.include=[sub01,001]", "cluster.ranks_per_fold=1", "training.epochs=1000000",
          "training.threads_per_rank=1",
        ]))
    try job.waitUntil("both folds of", timeout: 120) {
      try RunFiles(path("run")).events().count { $0 == "fold-started" } == 2
    }
    let rank = try SessionProcesses.rank(1, in: job.identifier)
    // Stopped again and again, for far shorter than what counts as an absence.
    let slowing = Thread {
      while !Thread.current.isCancelled {
        kill(rank, SIGSTOP)
        usleep(80_000)
        kill(rank, SIGCONT)
        usleep(20_000)
      }
    }
    slowing.start()
    defer { slowing.cancel() }
    let host = ProcessInfo.processInfo.hostName
    try job.waitUntil("a warning of", timeout: 180) {
      job.errors.contains(
        try Regex(
          "htnet.*: warning: rank 1 on \(host) is slow: a sample takes it [0-9.]+ times as long"))
    }
    XCTAssertFalse(job.errors.contains("rank 0 on \(host) is slow"), job.errors)
    slowing.cancel()
    usleep(200_000)
    job.signal(SIGUSR1)
    XCTAssertEqual(try job.wait(timeout: 120), 75, job.errors)
  }
}
