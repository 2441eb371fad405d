import Job
import Planning
import RunStore
import Tasks
import XCTest

/// How much faster than one rank groups were, by a run's ledger.
final class GroupSpeedsTests: XCTestCase {
  private let job = LedgerRecord.jobStarted(
    .init(
      time: "T", program: "htnet 1", configurationSHA256: "c", dataSHA256: "d",
      protocols: [.lastEpoch], classes: 2, clips: [], tasks: [],
      machine: .init(
        hosts: ["h", "h"], ranks: 2, groups: [[0], [1]], threadsPerRank: 1, cpu: "c", kernel: "k",
        mpi: "m")))

  private func training(_ task: TaskKey, ranks: [Int], seconds: Double) -> [LedgerRecord] {
    [
      .foldStarted(.init(time: "T", task: task, ranks: ranks)),
      .foldFinished(
        .init(time: "T", task: task, seconds: seconds, resultSHA256: "r", weightsSHA256: "w")),
    ]
  }

  func testSizesThatTheRunHasHad() {
    var records = [job]
    records += training(TaskKey(split: "a"), ranks: [0], seconds: 90)
    records += training(TaskKey(split: "b"), ranks: [1], seconds: 110)
    records += training(TaskKey(split: "c"), ranks: [0, 1], seconds: 60)
    records += training(TaskKey(split: "d"), ranks: [0, 1], seconds: 75)
    // Of this kind no rank alone has trained one, so it says nothing.
    records += training(TaskKey(split: "a", inner: 1), ranks: [0, 1], seconds: 1)
    let samples = ["a": 1000, "b": 1000, "c": 1000, "d": 1500]
    let speeds = TrainingSpeeds(records, threads: 1) { samples[$0.split] }
    let groups = GroupSpeeds(speeds.ofGroups)
    // 0.1 s a sample, and 0.06 and 0.05.
    XCTAssertEqual(groups(2), 0.1 / 0.055, accuracy: 1e-12)
    XCTAssertEqual(groups(1), 1)
    XCTAssertEqual(groups(4), 3.7, accuracy: 1e-12)
    let assumption = "a group of n ranks is taken for 1 + 0.9 (n - 1) times as fast as one"
    XCTAssertEqual(groups.text(sizes: [2]), "2 ranks 1.82 times as fast as one, by the ledger")
    XCTAssertEqual(
      groups.text(sizes: [2, 4]),
      "2 ranks 1.82 times as fast as one, by the ledger; otherwise " + assumption)
    XCTAssertEqual(groups.text(sizes: [4]), assumption)
  }
}
