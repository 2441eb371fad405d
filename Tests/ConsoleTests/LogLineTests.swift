import Console
import Foundation
import Logging
import XCTest

/// How a line of the log looks, to people and to scripts.
final class LogLineTests: XCTestCase {
  private func text(
    _ form: Console.Form, _ level: Logger.Level, _ message: String = "a\nb", rank: Int? = nil,
    _ metadata: Logger.Metadata = [:]
  ) -> String {
    LogLine(
      level: level, message: message, metadata: metadata,
      place: rank.map { Place(rank: $0, host: "node3") }, time: Date(timeIntervalSince1970: 0)
    ).text(form)
  }

  func testAPlainLineSaysNoMoreThanItMust() {
    XCTAssertEqual(text(.plain, .notice), "htnet: a\\u{A}b")
    XCTAssertEqual(text(.plain, .error), "htnet: a\\u{A}b")
    XCTAssertEqual(text(.plain, .warning), "htnet: warning: a\\u{A}b")
    XCTAssertEqual(text(.plain, .warning, rank: 0), "htnet: warning: a\\u{A}b")
    XCTAssertEqual(
      text(.plain, .warning, rank: 1), "htnet: warning: [rank 1 host node3] a\\u{A}b")
  }

  func testAStampedLineSaysWhenAndWhere() {
    var seconds = 0
    var parts = tm()
    localtime_r(&seconds, &parts)
    let time = String(
      format: "%04d-%02d-%02d %02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1,
      parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec)
    XCTAssertEqual(text(.stamped, .notice), time + " htnet: a\\u{A}b")
    XCTAssertEqual(
      text(.stamped, .warning, rank: 0), time + " htnet[0@node3]: warning: a\\u{A}b")
  }

  /// Numbers stay numbers; text that looks like one stays text.
  func testAScriptReadsFields() throws {
    let line = text(
      .json, .warning, rank: 1,
      ["fold": "006", "loss": .stringConvertible(0.25), "bad": .stringConvertible(Double.nan)])
    XCTAssertFalse(line.contains("\n"))
    let object = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    XCTAssertEqual(
      object as NSDictionary,
      [
        "time": "1970-01-01T00:00:00Z", "level": "warning", "message": "a\nb", "rank": 1,
        "host": "node3", "fold": "006", "loss": 0.25, "bad": "nan",
      ])
  }
}
