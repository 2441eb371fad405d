import Foundation
import Planning
import XCTest

/// How many jobs of some length a training takes.
final class JobTimeTests: XCTestCase {
  func testAJobTrainsUntilTheNotice() throws {
    let time = try XCTUnwrap(JobTime(seconds: 900))
    let each =
      " of 15:00 one after another, each trains for 12:00 at most: the Slurm template stops it 180 s "
      + "before its end"
    // By the whole 900 s the second would be one job, and the third two.
    for (seconds, count) in [(720.0, 1), (721, 2), (1441, 3), (0, 1)] {
      XCTAssertEqual(time.jobs(training: seconds), "\(count)" + each)
    }
    XCTAssertNil(JobTime(seconds: 180))
    XCTAssertEqual(
      try XCTUnwrap(JobTime(seconds: 181)).jobs(training: 529).prefix { $0 != "," },
      "529 of 3:01 one after another")
  }

  func testTheNoticeIsTheTemplates() throws {
    let template = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../cluster/htnet.sbatch")
    let text = try String(contentsOf: template, encoding: .utf8)
    let notices = text.matches(of: #/\n#SBATCH --signal=B:USR1@(\d+)\n/#).map { Int($0.1) }
    XCTAssertEqual(notices, [JobTime.notice])
  }
}
