import Evaluation
import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

/// `report.html` says what the run has shown, and how far it may be believed.
final class ReportPageTests: ReportTestCase {
  func testACompleteRun() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1")
      for subject in ["sub01", "006", "s1"] { try finish(run, subject, time: "1") }
      let page = try page(Report(run) { XCTFail($0) })
      let words = words(page)
      for text in [
        // UF1 and UAR are 2/3; every dataset has one subject.
        "On subjects that it was not trained on (last-epoch), the model reaches UF1 0.667 and UAR 0.667 over "
          + "5 clips of 3 subjects, one seed.",
        "Complete: 3 folds, 5 clips.",
        "There is no interval, since a dataset has one subject alone",
        // Two clips of five are of the class 0, and of the class 1: F1 of 4/7, 0 and 0. SMIC's two clips are
        // taken for 0, SAMM's for 1, so every deal has one of each right: F1 and recall of 1/2, 1/2 and 1.
        "! Mind: Guessing would reach UF1 0.667 and UAR 0.667: these predictions, dealt at random among the clips "
          + "of each dataset. A deal is as good as the model with p = 1.0000 in UF1 and 1.0000 in UAR (2000 deals). "
          + "Always saying the most frequent class would reach 0.190 and 0.333. Without an interval nobody knows",
        // s1 has both right by its first epoch, 006 one of two, sub01 is wrong by that, so right by the last.
        "(best-on-test) would show 0.822: 0.156 more than the last epoch",
        "The parts that were closed (at first the tables behind the plots, the jobs and the configuration) are in "
          + "report.html.",
        "CASME II, last-epoch", "htnet 1", "Its configuration cannot be read.",
        // Softmax of 1.5, -0.25, -0.25; three of five are right.
        "Its mean is 0.742, and 0.600 of the predictions are right: whether the model is too sure cannot be told "
          + "from so few subjects.",
        "The expected calibration error is 0.142",
        "2 of 5 clips by last-epoch , the surest mistakes first",
        "smic/s1/b is positive (13 %) taken for negative (74 %)",
        "Whoever wrote this report gave it no pictures.",
        // Of s1, last-epoch has one of two right, best-on-test both.
        "s1 2 50 % 100 %",
        "epoch mean 5 % 95 % 1 2.0000 2.0000 2.0000 2 1.0000 1.0000 1.0000",
        // After the first epoch F1 is 2/3, 2/3 and 0, after the second 1/2, 1/2 and 1.
        "1 0.444 2 0.667", "epochs folds 1 1 2 2",
      ] {
        XCTAssertTrue(words.contains(text), "\(text) in \(words)")
      }
      XCTAssertFalse(words.contains("STSTNet"), words)
      for part in ["<script", "http:", "https:", "<link"] {
        XCTAssertFalse(page.contains(part), part)
      }
    }
  }

  func testAPartialRunAndAnEmptyOne() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1")
      XCTAssertTrue(
        words(try page(Report(run) { XCTFail($0) })).contains(
          "There is no score yet: no fold counts."))
      try finish(run, "s1", time: "1")
      try LedgerWriter(path: run.ledgerPath).append(
        .foldFailed(
          .init(time: "1", task: TaskKey(split: "006"), epoch: 2, step: 7, reason: "loss NaN")))
      let words = words(try page(Report(run) { XCTFail($0) }))
      for text in [
        "PARTIAL: 1 of 3 folds are finished", "Missing: sub01.",
        "Failed: 006 (epoch 2, step 7: loss NaN).", "trainings that failed 1",
      ] {
        XCTAssertTrue(words.contains(text), "\(text) in \(words)")
      }
    }
  }

  /// A training that ended early stays in mean and band with its last loss.
  func testATrainingThatEndedEarlyCountsOn() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1", selected: ["s1", "006"], protocols: [.lastEpoch])
      for (subject, losses) in [("s1", [4.0, 2]), ("006", [3.0])] {
        let task = TaskKey(split: subject)
        let mine = Self.clips.filter { $0.fold == subject }
        let digest = try run.write(
          TaskResult(
            task: task, fold: 0, clips: mine.map(\.clip), losses: losses,
            logits: mine.map { _ in [1, 0, 0] }, logitsOfEveryEpoch: nil, weightsSHA256: "w"))
        try LedgerWriter(path: run.ledgerPath).append(
          .foldFinished(
            .init(time: "1", task: task, seconds: 1, resultSHA256: digest, weightsSHA256: "w")))
      }
      let words = words(try page(Report(run) { XCTFail($0) }))
      for text in [
        "1 of 2 trainings ended early and count on with their last epoch.",
        "1 3.5000 3.0500 3.9500 2 2.5000", "Mind: Complete",
      ] {
        XCTAssertTrue(words.contains(text), "\(text) in \(words)")
      }
    }
  }

  /// A probability that is nearly 1 is not said to be 1.
  func testAPercentageIsNotRoundedToAllOrNothing() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1", selected: ["s1"], protocols: [.lastEpoch])
      let task = TaskKey(split: "s1")
      let digest = try run.write(
        TaskResult(
          task: task, fold: 0, clips: ["a", "b"], losses: [1], logits: [[9, 0, 0], [9, 0, 0]],
          logitsOfEveryEpoch: nil, weightsSHA256: "w"))
      try LedgerWriter(path: run.ledgerPath).append(
        .foldFinished(
          .init(time: "1", task: task, seconds: 1, resultSHA256: digest, weightsSHA256: "w")))
      let words = words(try page(Report(run) { XCTFail($0) }))
      XCTAssertTrue(
        words.contains("smic/s1/b is positive (&lt;1 %) taken for negative (&gt;99 %)"), words)
    }
  }

  func testFoldsThatSomebodyPicked() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1", selected: ["s1"])
      try finish(run, "s1", time: "1")
      let report = try Report(run) { XCTFail($0) }
      let note = "The run trains only 1 of 3 folds, so only 1 of 3 subjects are tested."
      let words = words(try page(report))
      XCTAssertTrue(words.contains("! Mind: Complete: 1 fold, 2 clips. " + note), words)
      try report.write(to: run)
      let table = try String(contentsOfFile: run.reportPath + "/report.tex", encoding: .utf8)
      XCTAssertTrue(table.contains(note), table)
    }
  }

  /// An interval without a width, of few subjects or of an optimistic protocol earns no tick.
  func testAnIntervalThatProvesNothing() throws {
    let right = [0, 1, 2, 0, 1]
    for (subjects, protocols, isRight, said) in [
      (12, [.lastEpoch], true, "Every draw of these subjects scores 1.000"),
      (4, [.lastEpoch], false, "Draws of 4 subjects alone tell little of others."),
      (12, [.bestOnTest], false, "The epochs were chosen by these very subjects"),
    ] as [(Int, [EvaluationProtocol], Bool, String)] {
      try withTemporaryDirectory { directory in
        let run = RunDirectory(directory)
        let clips = (0..<3 * subjects).map { index in
          Clip(
            dataset: "d", subject: "s\(index / 3)", clip: "\(index)",
            truth: isRight ? right[index % 5] : index % 3)
        }
        try begin(run, time: "1", clips: clips, seeds: [1, 2], protocols: protocols)
        for seed in [UInt64?.none, 2] {
          for fold in Set(clips.map(\.fold)).sorted() {
            try finish(
              run, fold, time: "1", clips: clips, seed: seed,
              predictions: isRight ? right.map { ($0, $0) } : Self.predictions)
          }
        }
        let words = words(try page(Report(run) { XCTFail($0) }))
        XCTAssertTrue(words.contains("! Mind: The 95% interval of UF1 is"), words)
        XCTAssertTrue(words.contains(said), "\(said) in \(words)")
      }
    }
  }

  func testNamesAreText() throws {
    let evil = "<script>alert('x')</script>&amp;\"\n\u{202E}"
    let clips = [("smic", evil), (evil, "b")].map {
      Clip(dataset: $0, subject: $1, clip: evil, truth: 1, fold: $1)
    }
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: evil, clips: clips)
      for clip in clips { try finish(run, clip.fold, time: "1", clips: clips) }
      try run.setConfiguration("a: \(evil)\n")
      var report = try Report(run) { _ in }
      report.warnings = [evil]
      let page = try page(report)
      XCTAssertFalse(page.contains("<script"), page)
      XCTAssertFalse(page.contains("alert('"), page)
      XCTAssertTrue(
        page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;&quot;\\u{A}"), page)
    }
  }

  func testNamesAreTextInMarkdown() throws {
    let rows = [["a"], ["<b> *c* `d` $e$ [f](g) h|i \\ j_k \\* [0.1, 0.2]"]]
    XCTAssertEqual(
      Report.table(rows).last,
      "| &lt;b> \\*c\\* \\`d\\` \\$e\\$ [f]\\(g) h\\|i \\ j_k \\\\\\* [0.1, 0.2] |")
  }

  func testWarningsStandInEveryForm() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let clips = ["a", "b"].map {
        Clip(dataset: "smic", subject: $0, clip: "c", truth: 1, fold: $0)
      }
      try begin(run, time: "1", clips: clips, sharedImages: [[0, 1]])
      for clip in clips { try finish(run, clip.fold, time: "1", clips: clips) }
      var warnings: [String] = []
      var report = try Report(run) { warnings.append($0) }
      report.warnings = warnings
      let warning =
        "2 clips have the image of another subject's clip (smic/a/c = smic/b/c), so a fold may train on an image that "
        + "it tests. Is it one person under two names?"
      XCTAssertEqual(warnings, [warning])
      try report.write(to: run)
      for name in ["report.md", "report.tex", "report.json"] {
        let data = try XCTUnwrap(
          FileManager.default.contents(atPath: run.reportPath + "/" + name))
        XCTAssertTrue(String(decoding: data, as: UTF8.self).contains(warning), name)
      }
      let words = words(try page(report))
      let escaped = warning.replacing("'", with: "&#39;")
      XCTAssertTrue(words.contains("! Mind: " + escaped), words)
      XCTAssertTrue(words.contains("! Mind: last-epoch uses nothing"), words)
    }
  }

  func testPicturesAreOfTheClipsThatAreWrong() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1")
      for subject in ["sub01", "006", "s1"] { try finish(run, subject, time: "1") }
      var report = try Report(run) { XCTFail($0) }
      report.pictures = .of(
        .init(
          legend: "Squares are regions.", map: { Data("\($0)/\($1)/\($2)".utf8) },
          regions: { setting, _, _, _ in
            XCTAssertEqual(setting, 0)
            return [.init(x: 0.25, y: 0, side: 0.5)]
          }))
      let page = try page(report)
      for (clip, isThere) in [("smic/s1/b", true), ("samm/006/x", true), ("smic/s1/a", false)] {
        let data = Data(clip.utf8).base64EncodedString()
        XCTAssertEqual(page.components(separatedBy: data).count, isThere ? 2 : 1, clip)
      }
      XCTAssertTrue(
        page.contains("<rect class=\"r0\" x=\"26\" y=\"1\" width=\"48\" height=\"48\"/>"), page)
      XCTAssertTrue(page.contains("Squares are regions. They are of your data"), page)
    }
  }

  func testAPictureThatFailsTakesNoOtherAway() throws {
    struct Unreadable: Error, CustomStringConvertible { let description = "b.png: is no PNG" }
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1")
      for subject in ["sub01", "006", "s1"] { try finish(run, subject, time: "1") }
      var report = try Report(run) { XCTFail($0) }
      for (failing, said) in [
        (
          ["smic"],
          "hand this file on. 1 picture could not be made, the first because: b.png: is no PNG."
        ),
        (["smic", "samm"], "There are no pictures: b.png: is no PNG."),
      ] {
        report.pictures = .of(
          .init(
            legend: "Squares are regions.",
            map: { dataset, _, _ in
              if failing.contains(dataset) { throw Unreadable() }
              return Data("map".utf8)
            }, regions: { _, _, _, _ in [] }))
        let words = words(try page(report))
        XCTAssertTrue(words.contains(said), "\(said) in \(words)")
      }
    }
  }

  /// Known figures stand beside the composite alone (`PublishedCompositeTests` has the rest).
  func testHowTheRunCameAbout() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let task = TaskKey(split: "s1")
      try begin(run, time: "2026-01-01T00:00:00Z")
      var writer = try LedgerWriter(path: run.ledgerPath)
      try writer.append(.foldStarted(.init(time: "2026-01-01T00:01:00Z", task: task, ranks: [0])))
      try begin(run, time: "2026-01-01T01:00:00Z")
      writer = try LedgerWriter(path: run.ledgerPath)
      try writer.append(
        .foldStarted(.init(time: "2026-01-01T01:01:00Z", task: task, ranks: [0, 1])))
      try finish(run, "s1", time: "2026-01-01T01:30:00Z")
      writer = try LedgerWriter(path: run.ledgerPath)
      try writer.append(
        .rankLost(
          .init(time: "2026-01-01T01:40:00Z", rank: 1, host: "h", task: nil, cause: "c")))
      try writer.append(.jobStopped(.init(time: "2026-01-01T02:00:00Z", reason: "Ctrl-C")))
      let report = try Report(run) { XCTFail($0) }
      let history = report.histories[0]
      XCTAssertEqual(history.jobs.map(\.end), [.unsaid, .stopped("Ctrl-C")])
      XCTAssertEqual(history.jobs.map(\.seconds), [60, 3600])
      XCTAssertEqual(history.deaths, 1)
      XCTAssertEqual(history.lostRanks, 1)
      XCTAssertEqual(history.resumptions, 1)
      XCTAssertEqual(history.trainingSeconds, [1])
      XCTAssertEqual(history.trainingCoreSeconds, 2)
      XCTAssertEqual(history.heldCoreSeconds, 3660)
      let words = words(try page(report))
      for text in [
        "jobs 2, 1 of which ended without a word; 1 rank lost",
        "core-hours that the jobs held at least 1.02; of jobs that died or go on, until their last line in the ledger",
        "times that a training was begun again 1", "at least 1:00", "stopped: Ctrl-C",
      ] {
        XCTAssertTrue(words.contains(text), "\(text) in \(words)")
      }
    }
  }
}
