import Evaluation
import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

/// Several runs' folds as one run's.
final class PoolTests: ReportTestCase {
  private func contents(_ run: RunDirectory) throws -> RunContents {
    try RunContents(run) { XCTFail($0) }
  }

  private func files(_ directory: String) throws -> [String] {
    try Report.fileNames.map { try comparable($0, in: directory) }
  }

  /// Of runs with one fold or two each, that is of the whole run, but for its saying so.
  func testThePoolOfPartsIsTheWhole() throws {
    try withTemporaryDirectory { directory in
      let whole = RunDirectory(directory + "/whole")
      try begin(whole, time: "1")
      for fold in ["s1", "sub01", "006"] { try finish(whole, fold, time: "1") }
      let (one, two) = (RunDirectory(directory + "/one"), RunDirectory(directory + "/two"))
      try begin(one, time: "1", selected: ["006"])
      try finish(one, "006", time: "1")
      try begin(two, time: "1", selected: ["s1", "sub01"])
      for fold in ["s1", "sub01"] { try finish(two, fold, time: "1") }
      XCTAssertEqual(try contents(two).disagreements(with: contents(one)), [])
      let report = try Report(
        RunContents.pool([contents(one), contents(two)]) { XCTFail($0) })
      XCTAssertTrue(report.isComplete)
      XCTAssertTrue(report.text.hasPrefix("Complete: 3 folds, 5 clips.\n"), report.text)
      XCTAssertTrue(
        report.text.contains("The folds of 2 runs are pooled: \(one.path), \(two.path)."),
        report.text)
      try report.write(into: directory + "/pool")
      try Report(whole) { XCTFail($0) }.write(to: whole)
      let (pooled, expected) = (try files(directory + "/pool"), try files(whole.reportPath))
      for (place, name) in Report.fileNames.enumerated() {
        var text = pooled[place]
        if name == "report.json" {
          let schema = try JSONSchema(docs: "report.schema.json")
          XCTAssertEqual(try schema.violations(of: Data(text.utf8)), [])
          let runs = try XCTUnwrap(
            text.range(of: #"(?s)  "runs" : \[.*?\],\n"#, options: .regularExpression))
          text.removeSubrange(runs)
        }
        if name == "report.md" {
          text = text.replacing(
            "The folds of 2 runs are pooled: \(one.path), \(two.path).\n", with: "")
        }
        if name == "report.html" {
          text = text.replacing(
            "<li>The folds of 2 runs are pooled: \(one.path), \(two.path).</li>", with: "")
        }
        XCTAssertEqual(text, expected[place], name)
      }
    }
  }

  /// A run of another seed has that seed's folds.
  func testSeedsOfSeveralRuns() throws {
    try withTemporaryDirectory { directory in
      let (one, two) = (RunDirectory(directory + "/one"), RunDirectory(directory + "/two"))
      try begin(one, time: "1", seeds: [1, 3])
      for seed in [nil, 3] as [UInt64?] {
        for fold in ["s1", "sub01", "006"] { try finish(one, fold, time: "1", seed: seed) }
      }
      try begin(two, time: "1", selected: ["s1"], seeds: [2])
      try finish(two, "s1", time: "1")
      let report = try Report(RunContents.pool([contents(one), contents(two)]) { XCTFail($0) })
      XCTAssertEqual(report.settings[0].seeds.map(\.seed), [1, 3, 2])
      // Nobody has trained the other folds with the seed 2: the pool is not complete.
      XCTAssertEqual(
        report.missing, ["sub01", "006"].map { TaskKey(seed: 2, split: $0) })
      XCTAssertEqual(report.settings[0].seeds.map { $0.folds.count }, [3, 3, 1])
      // The other way round the run's own seed is another, and the scores are the same.
      let turned = try Report(RunContents.pool([contents(two), contents(one)]) { XCTFail($0) })
      XCTAssertEqual(turned.settings[0].seeds.map(\.seed), [2, 1, 3])
      XCTAssertEqual(
        turned.settings[0].seeds[1].scores[0].parts.map(\.scores),
        report.settings[0].seeds[0].scores[0].parts.map(\.scores))
    }
  }

  func testAFoldInBothMustBeEqual() throws {
    try withTemporaryDirectory { directory in
      let (one, two) = (RunDirectory(directory + "/one"), RunDirectory(directory + "/two"))
      for run in [one, two] {
        try begin(run, time: "1")
        try finish(run, "s1", time: "1")
      }
      try finish(one, "006", time: "1")
      try finish(two, "sub01", time: "1")
      var warnings: [String] = []
      let report = try Report(
        RunContents.pool([contents(one), contents(two)]) { warnings.append($0) })
      XCTAssertTrue(report.isComplete)
      XCTAssertEqual(
        warnings,
        [
          "\(two.path): 1 training that a run before it has too, with equal results, counts once: s1"
        ])
      try finish(two, "s1", time: "1", predictions: [(2, 2), (1, 1), (0, 0), (0, 0), (0, 0)])
      XCTAssertEqual(
        errorText { try RunContents.pool([contents(one), contents(two)]) { XCTFail($0) } },
        "\(two.path)/folds/s1/result.json: is another result of s1 than "
          + "\(one.path)/folds/s1/result.json (with the same weights): which one counts, nobody can say; "
          + "report the runs one by one")
    }
  }

  func testWhatDisagreesIsNamed() throws {
    try withTemporaryDirectory { directory in
      let one = RunDirectory(directory + "/one")
      try begin(one, time: "1")
      var other = Self.clips
      other[1].truth = 2
      let two = RunDirectory(directory + "/two")
      try begin(two, time: "1", clips: other, protocols: [.lastEpoch])
      XCTAssertEqual(
        try contents(two).disagreements(with: contents(one)),
        [
          "the protocols are last-epoch, best-on-test there and last-epoch here",
          "a clip is smic/s1/b of class 1 in fold s1 there and smic/s1/b of class 2 in fold s1 here",
        ])
    }
  }
}
