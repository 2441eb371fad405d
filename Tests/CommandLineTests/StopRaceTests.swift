import Foundation
import XCTest

/// Stops that meet folds as they end.
final class StopRaceTests: CommandLineTestCase {
  /// Folds of a few milliseconds are stopped at any moment, by a signal to all ranks or to one of
  /// them, and gone on with until all are finished. At its end every rank looks for messages that
  /// nobody has received; one would end the job with status 70.
  func testNoMessageIsLeftWhereverAStopComes() throws {
    let data = try synthesize(subjects: 30, clips: 2)
    func arguments(_ run: String) -> [String] {
      ["train", "--data", data, "--run", path(run)]
        + [
          "model.dim=6", "model.block_repeats=1,1,1", "training.batch_size=8",
          "training.epochs=1", "training.threads_per_rank=1",
        ].flatMap { ["--set", $0] }
    }
    assertSuccess(try htnet(ranks: 2, arguments("undisturbed")))
    let files = RunFiles(path("run"))
    var random = SystemRandomNumberGenerator()
    var stops = 0
    for _ in 0..<40 {
      let before = try files.events().count
      let child = try startHtnet(ranks: 2, arguments("run"))
      // All records of a fold or two are a few milliseconds apart.
      let records = Int.random(in: 2...5, using: &random)
      try child.waitUntil("records of") { try files.events().count >= before + records }
      usleep(UInt32.random(in: 0...20_000, using: &random))
      if Bool.random(using: &random) {
        child.signal(SIGUSR1)
      } else if let ranks = Optional(child.members.filter({ $0.value == "htnet" }).keys.sorted()),
        let rank = ranks.randomElement(using: &random)
      {
        kill(rank, SIGUSR1)
      }
      let status = try child.wait()
      XCTAssertFalse(child.errors.contains("never received"), child.errors)
      XCTAssertFalse(child.errors.contains("could not be saved"), child.errors)
      if status == 0 { break }
      XCTAssertEqual(status, 75, child.errors)
      stops += 1
    }
    XCTAssertGreaterThan(stops, 3, "the run was over too soon to show anything")
    assertSuccess(try htnet(ranks: 2, arguments("run")))
    let done = try files.subjects("fold-finished")
    XCTAssertEqual(done.count, Set(done).count, "a fold was done twice: \(done)")
    for run in ["run", "undisturbed"] { assertSuccess(try htnet(["report", path(run)])) }
    XCTAssertEqual(
      try files.report("report.json"), try RunFiles(path("undisturbed")).report("report.json"))
  }
}
