import Evaluation
import Foundation
import Reporting
import RunStore
import TestSupport
import XCTest

/// What belongs to the published composite stands beside no other data.
final class PublishedCompositeTests: ReportTestCase {
  /// The composite: as many persons, and clips of each class, in each dataset.
  private func compositeClips() -> [Clip] {
    let datasets: [(name: String, persons: Int, clips: [Int])] = [
      ("smic", 16, [70, 51, 43]), ("casme2", 24, [88, 32, 25]), ("samm", 28, [92, 26, 15]),
    ]
    var clips: [Clip] = []
    for dataset in datasets {
      var number = 0
      for (label, count) in dataset.clips.enumerated() {
        for _ in 0..<count {
          let subject = "\(dataset.name)\(number % dataset.persons)"
          clips.append(
            Clip(
              dataset: dataset.name, subject: subject, clip: "c\(number)", truth: label,
              fold: subject))
          number += 1
        }
      }
    }
    return clips
  }

  /// Figures of the paper stand beside the data that they are of, and beside no other.
  func testThePapersFiguresStandBesideTheCompositeAlone() throws {
    let composite = compositeClips()
    XCTAssertEqual(composite.count, 442)
    let folds = Set(composite.map(\.fold))
    XCTAssertEqual(folds.count, 68)
    var otherClass = composite
    otherClass[0].truth = 2
    var otherName = composite
    for index in otherName.indices where otherName[index].dataset == "samm" {
      otherName[index].dataset = "sammlong"
    }
    var onePersonLess = composite
    onePersonLess[0].fold = onePersonLess[1].fold
    onePersonLess[0].subject = onePersonLess[1].subject
    for index in onePersonLess.indices where onePersonLess[index].fold == "smic0" {
      onePersonLess[index].fold = onePersonLess[1].fold
      onePersonLess[index].subject = onePersonLess[1].subject
    }
    typealias Run = (
      name: String, clips: [Clip], selected: Set<String>, finished: Set<String>, has: Bool
    )
    let runs: [Run] = [
      ("the composite", composite, folds, folds, true),
      ("a run that is not complete", composite, folds, folds.subtracting(["samm3"]), false),
      ("some folds", composite, folds.subtracting(["samm3"]), folds, false),
      ("a clip of another class", otherClass, folds, folds, false),
      ("another dataset", otherName, folds, folds, false),
      ("one person less", onePersonLess, Set(onePersonLess.map(\.fold)), folds, false),
      ("a clip less", Array(composite.dropFirst()), folds, folds, false),
    ]
    for (name, clips, selected, finished, has) in runs {
      try withTemporaryDirectory { directory in
        let run = RunDirectory(directory)
        try begin(run, time: "1", clips: clips, selected: selected)
        for fold in selected.intersection(finished).sorted() {
          try finish(run, fold, time: "1", clips: clips)
        }
        let report = try Report(run) { XCTFail($0) }
        try report.write(to: run)
        XCTAssertEqual(report.isComplete, finished.isSuperset(of: selected), name)
        let markdown = try String(contentsOfFile: run.reportPath + "/report.md", encoding: .utf8)
        for text in [report.text, markdown] {
          for part in ["paper UF1", "0.8603", "The paper's figures"] {
            XCTAssertEqual(text.contains(part), has, "\(name): \(part) in \(text)")
          }
        }
        let page = try String(contentsOfFile: run.reportPath + "/report.html", encoding: .utf8)
        for part in ["STSTNet 0.713, OffApexNet 0.703", "0.860 (best-on-test)", "arXiv 2211.11425"]
        {
          XCTAssertEqual(page.contains(part), has, "\(name): \(part)")
        }
        let figures = [
          "full": (0.8603, 0.8475), "smic": (0.8049, 0.7905), "casme2": (0.9532, 0.9516),
          "samm": (0.8131, 0.8124),
        ]
        let expected: [String: [String: Any]] = figures.mapValues {
          ["uf1": $0.0, "uar": $0.1, "protocol": "best-on-test"]
        }
        XCTAssertEqual(
          try json(run)["published"] as? NSDictionary, (has ? expected : [:]) as NSDictionary, name)
      }
    }
  }

  /// Figures and notes are of the protocols that the run reports.
  func testWhatAProtocolIsIsSaidOfTheRunsAlone() throws {
    let composite = compositeClips()
    let folds = Set(composite.map(\.fold))
    let pooled = "Scores are of the pooled predictions of all folds."
    let intervals =
      "Intervals are of 95%, percentiles of 2000 bootstrap draws of subjects within each dataset (seed 1)."
    let optimism =
      "Optimism is what best-on-test gains over last-epoch: by choosing for each fold instead of once for "
      + "all (the common epoch, the best for all folds together), and by that epoch instead of the last."
    let last = "last-epoch uses nothing of the test subject."
    let best =
      "best-on-test keeps, for each subject, the epoch that has the most of that very subject's clips right, "
      + "as published: optimistic."
    let paper = "The paper's figures are of best-on-test."
    for (protocols, notes, columns) in [
      ([.lastEpoch], [pooled, intervals, last], ["", "clips", "last-epoch UF1", "UAR"]),
      (
        [.bestOnTest], [pooled, intervals, best, optimism, paper],
        ["", "clips", "best-on-test (optimistic) UF1", "UAR", "paper UF1", "UAR"]
      ),
      (
        [.lastEpoch, .bestOnTest], [pooled, intervals, last, best, optimism, paper],
        [
          "", "clips", "last-epoch UF1", "UAR", "best-on-test (optimistic) UF1", "UAR", "paper UF1",
          "UAR",
        ]
      ),
    ] as [([EvaluationProtocol], [String], [String])] {
      try withTemporaryDirectory { directory in
        let run = RunDirectory(directory)
        try begin(run, time: "1", clips: composite, protocols: protocols)
        for fold in folds.sorted() { try finish(run, fold, time: "1", clips: composite) }
        let report = try Report(run) { XCTFail($0) }
        try report.write(to: run)
        XCTAssertTrue(
          report.text.hasSuffix("\n\n" + notes.joined(separator: "\n")), report.text)
        let markdown = try String(contentsOfFile: run.reportPath + "/report.md", encoding: .utf8)
        XCTAssertTrue(markdown.contains("| \(columns.joined(separator: " | ")) |\n"), markdown)
        XCTAssertEqual(
          (try json(run)["published"] as? [String: Any])?.isEmpty,
          !protocols.contains(.bestOnTest))
      }
    }
  }

  func testClassesHaveTheCompositesNamesInItsDatasetsAlone() throws {
    for (dataset, names) in [
      ("SMIC", ["negative", "positive", "surprise"]), ("mine", ["class 0", "class 1", "class 2"]),
    ] {
      try withTemporaryDirectory { directory in
        let run = RunDirectory(directory)
        try begin(
          run, time: "1",
          clips: [
            Clip(dataset: dataset, subject: "s", clip: "c", truth: 0),
            Clip(dataset: "samm", subject: "t", clip: "c", truth: 0),
          ])
        try Report(run) { XCTFail($0) }.write(to: run)
        XCTAssertEqual(try json(run)["classes"] as? [String], names)
      }
    }
  }
}
