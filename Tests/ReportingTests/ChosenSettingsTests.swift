import Evaluation
import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

/// A study's setting that held-out training subjects choose, fold by fold.
final class ChosenSettingsTests: ReportTestCase {
  /// Two settings, of which the first is always wrong and the second always right on test clips. The
  /// second has the better inner training for the folds of `better`, and an equal one for the others.
  private func study(
    _ run: RunDirectory, better: Set<String>, isFinished: (TaskKey) -> Bool = { _ in true }
  ) throws {
    try study(run, settings: ["narrow", "wide"], isFinished: isFinished) { task in
      task.setting != nil && (task.inner == nil || better.contains(task.split))
    }
  }

  func testEachFoldTakesTheSettingOfItsOwnInnerTrainings() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try study(run, better: ["s1"])
      let report = try Report(run) { XCTFail($0) }
      let chosen = try XCTUnwrap(report.chosenSettings)
      XCTAssertEqual(chosen.counts.map(\.setting), ["narrow", "wide"])
      XCTAssertEqual(chosen.counts.map(\.folds), [2, 1], "of equals the first")
      let expected = try XCTUnwrap(
        Scores(
          ConfusionMatrix(
            classes: 3,
            Self.clips.map { ($0.truth, $0.fold == "s1" ? $0.truth : ($0.truth + 1) % 3) })))
      let full = try XCTUnwrap(chosen.scores.first)
      XCTAssertEqual(full.key, "full")
      XCTAssertEqual(full.scores.uf1.mean, expected.uf1)
      XCTAssertEqual(full.scores.uar.mean, expected.uar)
      XCTAssertEqual(full.scores.clips, 5)
      try report.write(to: run)
      let said = try XCTUnwrap(json(run)["chosen_settings"] as? [String: Any])
      XCTAssertEqual(
        try JSONSchema(docs: "report.schema.json")
          .violations(of: JSONSerialization.data(withJSONObject: json(run))), [])
      XCTAssertEqual(said["folds"] as? [String: Int], ["narrow": 2, "wide": 1])
      XCTAssertTrue(report.text.contains("Chosen for each fold"), report.text)
      XCTAssertTrue(report.text.contains("narrow 2, wide 1."), report.text)
      let table = try String(contentsOfFile: run.reportPath + "/report.tex", encoding: .utf8)
      XCTAssertTrue(
        table.contains(
          "\\emph{Chosen for each fold}} \\\\\n    Full & 5 & "
            + String(format: "%.4f & ", expected.uf1)), table)
      let page = try String(contentsOfFile: run.reportPath + "/report.html", encoding: .utf8)
      let score = String(format: "%.3f", expected.uf1)
      for part in [
        "chose for each fold (nested) reaches UF1 \(score) and UAR",
        "The highest of 2 settings, wide, has 1.000 (last-epoch), but that one is chosen by test subjects.",
        "<th scope=\"row\">Chosen for each fold</th><td>nested</td><td>5</td>",
        "<span class=\"value\">\(score)</span>", "Chosen for each fold: narrow 2, wide 1.",
      ] {
        XCTAssertTrue(page.contains(part), "\(part) in \(page)")
      }
    }
  }

  /// Rows of different clips say of how many they are.
  func testAnUnevenStudy() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try study(run, better: []) { $0.setting == nil || $0.split != "006" }
      let report = try Report(run) { XCTFail($0) }
      try report.write(to: run)
      let table = try String(contentsOfFile: run.reportPath + "/report.tex", encoding: .utf8)
      for part in [
        "pooled predictions of different clips, by nested.",
        "Partial: 10 of 12 trainings are finished", "\\emph{narrow}} \\\\\n    Full & 5 & ",
        "\\emph{wide}} \\\\\n    Full & 3 & ",
        "\\emph{Chosen for each fold}} \\\\\n    Full & 3 & ",
      ] {
        XCTAssertTrue(table.contains(part), "\(part) in \(table)")
      }
      let note =
        "2 of 2 settings have a score, but of different clips (3 to 5): each is of the folds that it has finished. "
        + "Scores of different clips cannot be compared, so no setting is ranked until the run is complete. Chosen for "
        + "each fold is of the 3 clips that all of them have."
      XCTAssertTrue(table.contains(note), table)
      XCTAssertTrue(report.text.contains("\n\n\(note)\n\n"), report.text)
      XCTAssertEqual(try json(run)["warnings"] as? [String], [note])
      let text = try String(contentsOfFile: run.reportPath + "/report.md", encoding: .utf8)
      XCTAssertTrue(text.contains("**Warning:** \(note)\n"), text)
      let words = words(try page(report))
      // In the finding, beside the table and beside the plots.
      XCTAssertEqual(words.components(separatedBy: note).count, 4, words)
      for part in ["ighest of 2", "settings were compared"] {
        XCTAssertFalse(words.contains(part), words)
      }
    }
  }

  /// Without a choice for each fold the page shows the setting of the most clips, whatever its score.
  func testAnUnevenStudyIsNotRanked() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try study(run, settings: ["narrow", "wide"], protocols: [.lastEpoch]) {
        $0.setting == nil || $0.split != "006"
      } isRight: {
        $0.setting != nil
      }
      let words = words(try page(Report(run) { XCTFail($0) }))
      XCTAssertTrue(
        words.contains("the setting narrow, shown here since none has more clips, reaches UF1 0."),
        words)
      XCTAssertFalse(words.contains("ighest of 2"), words)
    }
  }

  func testWithoutNestedThereIsNoChoice() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1")
      XCTAssertNil(try Report(run) { XCTFail($0) }.chosenSettings)
    }
  }
}
