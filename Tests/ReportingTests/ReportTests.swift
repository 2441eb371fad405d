import Evaluation
import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

final class ReportTests: ReportTestCase {
  func testACompleteRun() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1")
      for subject in ["sub01", "006", "s1"] { try finish(run, subject, time: "1") }
      let report = try Report(run) { XCTFail($0) }
      XCTAssertTrue(report.isComplete)
      try report.write(to: run)
      let json = try json(run)
      XCTAssertEqual(json["status"] as? String, "complete")
      // last-epoch: 0→0, 1→0, 2→2, 0→1, 1→1: F1 of 1/2, 1/2 and 1.
      let full = try part(json, "last-epoch", "full")
      XCTAssertEqual(try XCTUnwrap(full["uf1"] as? Double), 2.0 / 3, accuracy: 1e-12)
      XCTAssertEqual(try XCTUnwrap(full["uar"] as? Double), 2.0 / 3, accuracy: 1e-12)
      XCTAssertEqual(full["clips"] as? Int, 5)
      // best-on-test: s1 by the first epoch (both right), 006 a tie, so the last one.
      let smic = try part(json, "best-on-test", "smic")
      XCTAssertEqual(smic["uf1"] as? Double, 1)
      XCTAssertEqual(smic["clips"] as? Int, 2)
      XCTAssertEqual(try part(json, "last-epoch", "casme2")["uar"] as? Double, 1)
      let samm = try part(json, "best-on-test", "samm")
      XCTAssertEqual(try XCTUnwrap(samm["uf1"] as? Double), 1.0 / 3, accuracy: 1e-12)
      XCTAssertEqual(try XCTUnwrap(samm["uar"] as? Double), 0.5, accuracy: 1e-12)
      let scores = try XCTUnwrap(json["scores"] as? [String: [String: Any]])
      XCTAssertEqual(Set(scores.keys), ["last-epoch", "best-on-test"])
      for parts in scores.values {
        XCTAssertEqual(Set(parts.keys), ["full", "smic", "casme2", "samm"])
      }
      let folds = try XCTUnwrap(json["folds"] as? [[String: Any]])
      XCTAssertEqual(folds.map { $0["subject"] as? String }, ["s1", "sub01", "006"])
      XCTAssertEqual(folds[0]["weights_sha256"] as? String, "weights of s1")
      let lines = try csv(run).split(separator: "\n").map(String.init)
      XCTAssertEqual(
        lines[0],
        "dataset,subject,clip,truth,last-epoch,last-epoch_epoch,last-epoch_logit_0,"
          + "last-epoch_logit_1,last-epoch_logit_2,last-epoch_probability_0,"
          + "last-epoch_probability_1,last-epoch_probability_2,best-on-test,best-on-test_epoch,"
          + "best-on-test_logit_0,best-on-test_logit_1,best-on-test_logit_2,"
          + "best-on-test_probability_0,best-on-test_probability_1,best-on-test_probability_2,fold,"
          + "image")
      XCTAssertEqual(lines.count, 6)
      // Softmax of 1.5, -0.25 and -0.25.
      let (high, low) = ("0.7420887", "0.12895568")
      XCTAssertEqual(
        lines[2],
        "smic,s1,b,1,0,2,1.5,-0.25,-0.25,\(high),\(low),\(low),1,1,-0.25,1.5,-0.25,\(low),\(high),"
          + "\(low),s1,s1_b .png")
      let markdown = try XCTUnwrap(
        FileManager.default.contents(atPath: run.reportPath + "/report.md"))
      for text in [report.text, String(decoding: markdown, as: UTF8.self)] {
        XCTAssertTrue(text.contains("Complete: 3 folds, 5 clips."), text)
        XCTAssertTrue(text.contains("best-on-test (optimistic)"), text)
        XCTAssertFalse(text.contains("paper"), text)
      }
    }
  }

  /// Folds are joined to clips by the fold's name, which is the subject's in older ledgers alone.
  func testOneSubjectNumberInTwoDatasetsIsTwoPeople() throws {
    let clips = ["samm", "smic"].map {
      Clip(dataset: $0, subject: "6", clip: "c", truth: 0, fold: $0 + "/6")
    }
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1", clips: clips)
      try finish(run, "smic/6", time: "1", clips: clips)
      let report = try Report(run) { XCTFail($0) }
      XCTAssertEqual(report.missing, [TaskKey(split: "samm/6")])
      XCTAssertTrue(
        report.text.hasPrefix(
          "PARTIAL: 1 of 2 folds are finished; scores are of their 1 clip alone. Missing: samm/6."),
        report.text)
      try report.write(to: run)
      XCTAssertEqual(
        try csv(run).split(separator: "\n").dropFirst().map { $0.prefix(11) }, ["smic,6,c,0,"])
    }
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let old = clips.map { Clip(dataset: $0.dataset, subject: "6", clip: "c", truth: 0) }
      try begin(run, time: "1", clips: old, format: 1)
      try finish(run, "6", time: "1", clips: old)
      var warnings: [String] = []
      XCTAssertTrue(
        try Report(run) { warnings.append($0) }.text.hasPrefix("Complete: 1 fold, 2 clips."))
      XCTAssertEqual(
        warnings,
        [
          run.ledgerPath
            + ": a fold leaves out the people of one name in several datasets together, "
            + "\"6\" the first: train into another run directory to leave out one person at a time"
        ])
    }
  }

  func testAPartialRunSaysWhatIsMissing() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1")
      try finish(run, "sub01", time: "1")
      let report = try Report(run) { XCTFail($0) }
      try report.write(to: run)
      let json = try json(run)
      XCTAssertEqual(json["status"] as? String, "partial")
      XCTAssertEqual(json["missing"] as? [String], ["s1", "006"])
      XCTAssertEqual(try part(json, "last-epoch", "full")["clips"] as? Int, 1)
      XCTAssertTrue(
        report.text.contains("PARTIAL: 1 of 3 folds are finished"), report.text)
      XCTAssertTrue(report.text.contains("Missing: s1, 006."), report.text)
      XCTAssertEqual(try csv(run).split(separator: "\n").count, 2)
    }
  }

  func testARunWithoutAFinishedFoldHasNoScores() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try begin(run, time: "1")
      let report = try Report(run) { XCTFail($0) }
      try report.write(to: run)
      let json = try json(run)
      XCTAssertEqual(json["status"] as? String, "partial")
      XCTAssertEqual(
        json["scores"] as? [String: [String: String]], ["last-epoch": [:], "best-on-test": [:]])
    }
  }

  func testEqualResultsGiveEqualBytes() throws {
    try withTemporaryDirectory { directory in
      var files: [[String]] = []
      for (time, order) in [("1", ["s1", "sub01", "006"]), ("2", ["006", "s1", "sub01"])] {
        let run = RunDirectory(directory + "/" + time)
        try begin(run, time: time)
        if time == "2" {
          try finish(run, "s1", time: "0")
          try begin(run, time: "later")
        }
        for subject in order { try finish(run, subject, time: time) }
        try Report(run) { XCTFail($0) }.write(to: run)
        files.append(
          try Report.fileNames.map { try comparable($0, in: run.reportPath) })
      }
      XCTAssertEqual(files[0], files[1])
      XCTAssertEqual(files[0].count, 6)
    }
  }

  func testNamesWithSeparatorsAreQuoted() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let clips = [",", "\"", "\n", "\r", "\"\u{301}"].map {
        Clip(dataset: "smic", subject: "s", clip: "a\($0)b", truth: 0)
      }
      try begin(run, time: "1", clips: clips, protocols: [.lastEpoch])
      try finish(run, "s", time: "1", clips: clips)
      try Report(run) { XCTFail($0) }.write(to: run)
      let text = try csv(run)
      for field in ["\"a,b\"", "\"a\"\"b\"", "\"a\nb\"", "\"a\rb\"", "\"a\"\"\u{301}b\""] {
        XCTAssertNotNil(
          Data(text.utf8).range(of: Data(",s,\(field),0".utf8)), "\(field) in \(text)")
      }
    }
  }

  func testDatasetsOfAnyNameAreScored() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      let clips = ["SMIC", "smic", "Full", "full", "other"].enumerated().map {
        Clip(dataset: $1, subject: "s\($0)", clip: "c", truth: $0 % 3)
      }
      try begin(run, time: "1", clips: clips)
      for clip in clips { try finish(run, clip.subject, time: "1", clips: clips) }
      try Report(run) { XCTFail($0) }.write(to: run)
      let json = try json(run)
      XCTAssertEqual(try part(json, "last-epoch", "full")["clips"] as? Int, 5)
      // In the order of their bytes: "Full", "SMIC", "full", "other", "smic".
      for key in ["full (dataset)", "full (dataset) (dataset)", "smic", "smic (dataset)", "other"] {
        XCTAssertEqual(try part(json, "last-epoch", key)["clips"] as? Int, 1, key)
      }
    }
  }

  func testWhatIsNoRunIsRefused() throws {
    try withTemporaryDirectory { directory in
      XCTAssertEqual(
        errorText { try Report(RunDirectory(directory)) { _ in } },
        directory + ": is no run directory: it has neither config.yaml nor ledger.jsonl")
      XCTAssertEqual(
        errorText { try Report(RunDirectory(directory + "/none")) { _ in } },
        directory + "/none: is no run directory: it does not exist")
      let run = RunDirectory(directory + "/run")
      try begin(run, time: "1")
      // A result of the right digest whose clips are not the subject's.
      let other = TaskResult(
        task: TaskKey(split: "s1"), fold: 0, clips: ["a"], losses: [], logits: [[1, 2, 3]],
        logitsOfEveryEpoch: nil, weightsSHA256: "w")
      try LedgerWriter(path: run.ledgerPath).append(
        .foldFinished(
          .init(
            time: "1", task: TaskKey(split: "s1"), seconds: 1, resultSHA256: try run.write(other),
            weightsSHA256: "w")))
      XCTAssertEqual(
        errorText { try Report(run) { _ in } },
        run.resultPath(TaskKey(split: "s1"))
          + ": has the logits of its last epoch alone, and best-on-test needs those of every epoch")
      let last = RunDirectory(directory + "/last")
      try begin(last, time: "1", protocols: [.lastEpoch])
      try LedgerWriter(path: last.ledgerPath).append(
        .foldFinished(
          .init(
            time: "1", task: TaskKey(split: "s1"), seconds: 1,
            resultSHA256: try last.write(other), weightsSHA256: "w")))
      XCTAssertEqual(
        errorText { try Report(last) { _ in } },
        last.resultPath(TaskKey(split: "s1"))
          + ": does not have 3 logits for each clip of its subject")
    }
  }
}
