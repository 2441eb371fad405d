import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

/// Means over seeds, which are of the same folds for each.
final class SeedMeansTests: ReportTestCase {
  /// Subjects s1 (two clips), sub01 (one) and 006 (two). With the seed 1 all are finished, with 2 not
  /// 006, with 3 not sub01. Of s1's clips, of classes 0 and 1, they predict 0 and 0, 0 and 1, 1 and 0.
  private func partial(_ directory: String) throws -> RunDirectory {
    let run = RunDirectory(directory)
    try begin(run, time: "1", seeds: [1, 2, 3])
    for subject in ["s1", "sub01", "006"] { try finish(run, subject, time: "1") }
    let right = [(0, 0), (1, 1), (2, 2), (0, 0), (1, 1)]
    for subject in ["s1", "sub01"] {
      try finish(run, subject, time: "1", seed: 2, predictions: right)
    }
    return run
  }

  private func setting(_ json: [String: Any]) throws -> [String: Any] {
    try XCTUnwrap((json["settings"] as? [[String: Any]])?.first)
  }

  private func markdown(_ run: RunDirectory) throws -> String {
    let data = FileManager.default.contents(atPath: run.reportPath + "/report.md")
    return String(decoding: try XCTUnwrap(data), as: UTF8.self)
  }

  func testTheMeanIsOfTheFoldsThatEverySeedHas() throws {
    try withTemporaryDirectory { directory in
      let run = try partial(directory)
      let wrong = [(1, 1), (0, 0), (0, 0), (1, 1), (0, 0)]
      for subject in ["s1", "006"] {
        try finish(run, subject, time: "1", seed: 3, predictions: wrong)
      }
      // A failed fold is missing like one that is not trained yet.
      try LedgerWriter(path: run.ledgerPath).append(
        .foldFailed(
          .init(
            time: "1", task: TaskKey(seed: 2, split: "006"), epoch: 1, step: 1, reason: "loss NaN"))
      )
      let report = try Report(run) { XCTFail($0) }
      try report.write(to: run)
      let json = try json(run)
      let setting = try setting(json)
      XCTAssertEqual(setting["seeds"] as? [Int], [1, 2, 3])
      XCTAssertEqual(setting["folds_counted"] as? Int, 1)
      let scores = try XCTUnwrap(setting["scores"] as? [String: [String: [String: Any]]])
      let parts = try XCTUnwrap(scores["last-epoch"])
      XCTAssertEqual(Set(parts.keys), ["full", "smic"])
      for part in parts.values {
        // UF1 of 1/3, 1 and 0; UAR of 1/2, 1 and 0.
        XCTAssertEqual(try XCTUnwrap(part["uf1"] as? Double), 4.0 / 9, accuracy: 1e-12)
        XCTAssertEqual(try XCTUnwrap(part["uar"] as? Double), 0.5, accuracy: 1e-12)
        XCTAssertEqual(
          try XCTUnwrap(part["uf1_sd"] as? Double), 21.0.squareRoot() / 9, accuracy: 1e-12)
        XCTAssertEqual(try XCTUnwrap(part["uar_sd"] as? Double), 0.5, accuracy: 1e-12)
        XCTAssertEqual(part["clips"] as? Int, 2)
        XCTAssertEqual(part["seeds_counted"] as? Int, 3)
      }
      // Each seed's own scores are of all that it has.
      let seeds = try XCTUnwrap(setting["by_seed"] as? [[String: Any]])
      let clips = try seeds.map { seed in
        try XCTUnwrap(seed["scores"] as? [String: [String: [String: Any]]])["last-epoch"]?["full"]?[
          "clips"] as? Int
      }
      XCTAssertEqual(clips, [5, 3, 4])
      let text = try markdown(run)
      for shown in [report.text, text] {
        XCTAssertTrue(shown.contains("seed 1, last-epoch "), shown)
        XCTAssertTrue(
          shown.contains(
            "They are means over the 3 seeds 1, 2, 3, ± the standard deviation, of the folds alone that "
              + "are finished with every seed: 1 of 3."), shown)
        XCTAssertTrue(shown.contains("0.4444 ± 0.5092"), shown)
      }
      for line in [
        "The seeds have finished different folds: their own scores are of different clips and cannot be compared.",
        "## Confusion by `last-epoch`, all clips, summed over 3 seeds",
        "| negative | 2 | 1 | 0 | 0.5714 | 0.6667 |", "| positive | 2 | 1 | 0 | 0.4000 | 0.3333 |",
        "| subject | seed | clips | epochs | last loss | weights_sha256 |",
        "| s1 | 1 | 2 | 2 | 1.0000 | weights of s1 |",
        "| 006 | 3 | 2 | 2 | 1.0000 | weights of 006 |",
        "| 1 | 5 | 0.6667 | - | 0.6667 | - | 0.8222 | - | 0.8333 | - |",
      ] {
        XCTAssertTrue(text.contains(line + "\n"), "\(line) in \(text)")
      }
      // A complete seed says more than means over less than half of the folds.
      let page = words(try page(report))
      XCTAssertTrue(
        page.contains(
          "The mean over the 3 seeds is of 1 of 3 folds alone yet, which are finished with all of them. By itself "
            + "(last-epoch), seed 1 reaches UF1 0.667 and UAR 0.667 over 5 clips."), page)
      XCTAssertFalse(page.contains("(best-on-test) would show"), page)
      // What there is of the means stays on the page.
      for title in ["What was taken for what Rows are", "Scores by subject The share"] {
        XCTAssertTrue(page.contains(title), page)
      }
    }
  }

  func testASettingThatHasNotBegunIsSaidInAWord() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try study(
        run, settings: ["24", "48"], seeds: [1, 2],
        isFinished: { $0.setting == nil && $0.seed == nil }, isRight: { _ in true })
      XCTAssertTrue(
        try Report(run) { XCTFail($0) }.text.contains(
          "so there are no means: 24: seed 1 has finished 3 of 3 folds, seed 2 has finished 0 of 3 folds; 48: no "
            + "fold is finished."))
    }
  }

  /// The run's own setting and seed have names beside others.
  func testMissingTasksSayTheirSettingAndSeed() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try study(
        run, settings: ["<&>", "x=1"], seeds: [1, 2],
        isFinished: { !($0.split == "s1" && $0.inner == 1) }, isRight: { _ in true })
      try LedgerWriter(path: run.ledgerPath).append(
        .foldFailed(
          .init(
            time: "1", task: TaskKey(split: "s1", inner: 1), epoch: 1, step: 1, reason: "loss NaN"))
      )
      let report = try Report(run) { XCTFail($0) }
      try report.write(to: run)
      let missing =
        "Missing: s1 (<&>, seed 2, inner 1), s1 (x=1, seed 1, inner 1), s1 (x=1, seed 2, inner 1)"
      let failed = "Failed: s1 (<&>, seed 1, inner 1)"
      let text = try markdown(run).replacing("&lt;", with: "<")
      let page = words(try page(report)).replacing("&lt;", with: "<").replacing("&gt;", with: ">")
        .replacing("&amp;", with: "&")
      for shown in [report.text, text, page] {
        XCTAssertTrue(shown.contains(missing + "."), shown)
        XCTAssertTrue(shown.contains(failed + " ("), shown)
      }
      XCTAssertTrue(text.contains("\n" + missing + "\n"), text)
      XCTAssertTrue(text.contains("\n" + failed + ", "), text)
      XCTAssertFalse(try markdown(run).contains("<&>"))
      // Programs read the tasks' own names.
      XCTAssertEqual(
        try json(run)["missing"] as? [String],
        ["s1 (seed 2, inner 1)", "s1 (x=1, inner 1)", "s1 (x=1, seed 2, inner 1)"])
    }
  }

  func testWithoutACommonFoldThereIsNoMean() throws {
    try withTemporaryDirectory { directory in
      let run = try partial(directory)
      let report = try Report(run) { XCTFail($0) }
      try report.write(to: run)
      let setting = try setting(json(run))
      XCTAssertEqual(setting["folds_counted"] as? Int, 0)
      XCTAssertEqual(
        setting["scores"] as? [String: [String: String]], ["last-epoch": [:], "best-on-test": [:]])
      XCTAssertTrue(
        report.text.contains(
          "No fold is finished with every one of the 3 seeds, so there are no means: seed 1 has finished 3 of 3 "
            + "folds, seed 2 has finished 2 of 3 folds, seed 3 has finished 0 of 3 folds."),
        report.text)
      XCTAssertTrue(report.text.contains("\ncomplete seeds, each by itself "), report.text)
      let page = words(try page(report))
      for words in [
        "There is no mean over the 3 seeds yet, since no fold is finished with all of them: seed 1 has finished 3 of "
          + "3 folds, seed 2 has finished 2 of 3 folds, seed 3 has finished 0 of 3 folds. By itself (last-epoch), "
          + "seed 1 reaches UF1 0.667 and UAR 0.667 over 5 clips.",
        // What is said of one seed alone says of which.
        "! Mind: Of seed 1: There is no interval, since a dataset has one subject alone",
        "! Mind: Of seed 1: Guessing would reach UF1 0.667 and UAR 0.667: these predictions, dealt at random among the "
          + "clips of each dataset. A deal is as good as the model with p = 1.0000 in UF1 and 1.0000 in UAR",
        "seed 1, last-epoch 5 0.6667 - 0.6667 -",
        "seed 1, best-on-test (optimistic) 5 0.8222 - 0.8333 -",
      ] {
        XCTAssertTrue(page.contains(words), "\(words) in \(page)")
      }
      XCTAssertFalse(page.contains("seed 2, last-epoch"), page)
      XCTAssertFalse(report.text.contains("±"), report.text)
      let text = try markdown(run)
      XCTAssertFalse(text.contains("Confusion"), text)
      XCTAssertTrue(text.contains("| Full | 0 | - | - | - | - |\n"), text)
      XCTAssertTrue(text.contains("| seed 1, last-epoch | 5 | 0.6667 | - | 0.6667 | - |\n"), text)
      XCTAssertTrue(text.contains("| 3 | 0 | - | - | - | - | - | - | - | - |\n"), text)
    }
  }
}
