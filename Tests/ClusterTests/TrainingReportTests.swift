import Cluster
import Foundation
import XCTest

/// What a leader reports survives its way as words.
final class TrainingReportTests: XCTestCase {
  private func report(_ text: String) throws -> TrainingReport {
    try JSONDecoder().decode(TrainingReport.self, from: Data(text.utf8))
  }

  private let full = """
    {"group": 70000, "epoch": 800, "loss": 0.1, "samples": 442, "elapsed": 1e-9, "seconds": 3.25,
     "times": [{"rank": 1, "shards": 8, "steps": 2, "samples": 3, "computing": 4, "elapsed": 5, "delaying": 6},
               {"rank": 9, "shards": 7, "steps": 0, "samples": 0, "computing": 0, "elapsed": 0, "delaying": 0}],
     "epochs": [{"epoch": 799, "loss": -0.5, "samples": 10, "seconds": 0.125}]}
    """

  func testNothingIsLost() throws {
    let reports = [
      full,
      """
      {"group": 0, "epoch": 1, "loss": 1, "samples": 0, "elapsed": 0, "seconds": 0, "times": [], "epochs": []}
      """,
    ]
    for text in reports {
      let report = try report(text)
      XCTAssertEqual(TrainingReport(report.bytes), report)
    }
    XCTAssertEqual(try report(full).bytes.count, 8 * (9 + 2 * 7 + 4))
  }

  func testALossThatIsNoNumber() throws {
    var bytes = try report(full).bytes
    withUnsafeBytes(of: Double.nan.bitPattern) { bytes.replaceSubrange(24..<32, with: $0) }
    XCTAssertEqual(TrainingReport(bytes)?.bytes, bytes)
  }

  func testWhatIsNoReport() throws {
    let bytes = try report(full).bytes
    XCTAssertNil(TrainingReport(Array(full.utf8)))
    for count in 0..<bytes.count { XCTAssertNil(TrainingReport(Array(bytes[..<count]))) }
    XCTAssertNil(TrainingReport(bytes + [0]))
    XCTAssertNil(TrainingReport(bytes + bytes))
    for count in [UInt64.max, 1 << 62, 3] {
      var other = bytes
      withUnsafeBytes(of: count) { other.replaceSubrange(56..<64, with: $0) }
      XCTAssertNil(TrainingReport(other), "\(count)")
    }
  }
}
