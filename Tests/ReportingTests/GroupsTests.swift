import Foundation
import Reporting
import RunStore
import TestSupport
import XCTest

/// Where a fold leaves out a group of persons, the report says who they are.
final class GroupsTests: ReportTestCase {
  private func report(splitsBy: String?) throws -> (json: [String: Any], markdown: String) {
    let path = NSTemporaryDirectory() + "htnet-groups-" + UUID().uuidString
    addTeardownBlock { try? FileManager.default.removeItem(atPath: path) }
    let run = RunDirectory(path)
    let clips = Self.clips.enumerated().map { index, clip in
      Clip(
        dataset: clip.dataset, subject: clip.subject, clip: clip.clip, truth: clip.truth,
        fold: index < 3 ? "group-1" : "group-2", image: nil)
    }
    try begin(run, time: "t", clips: clips, splitsBy: splitsBy)
    for fold in ["group-1", "group-2"] { try finish(run, fold, time: "t", clips: clips) }
    try Report(run) { XCTFail($0) }.write(to: run)
    return (
      try json(run),
      try String(contentsOfFile: run.reportPath + "/report.md", encoding: .utf8)
    )
  }

  func testWhoIsInWhichGroup() throws {
    let (json, markdown) = try report(splitsBy: "groups")
    XCTAssertEqual(
      json["groups"] as? [String: [String]],
      ["group-1": ["smic/s1", "casme2/sub01"], "group-2": ["samm/006"]])
    XCTAssertTrue(markdown.contains("| group-1 | 2 | 3 | smic/s1, casme2/sub01 |"), markdown)
    XCTAssertTrue(markdown.contains("| group-2 | 1 | 2 | samm/006 |"), markdown)
    XCTAssertEqual(
      try JSONSchema(docs: "report.schema.json")
        .violations(of: JSONSerialization.data(withJSONObject: json)), [])
  }

  func testOtherSplitsHaveNoGroups() throws {
    let (json, markdown) = try report(splitsBy: "dataset")
    XCTAssertNil(json["groups"])
    XCTAssertFalse(markdown.contains("## Groups"), markdown)
  }
}
