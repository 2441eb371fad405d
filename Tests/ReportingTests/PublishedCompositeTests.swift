import Evaluation
import Foundation
import Reporting
import RunStore
import TestSupport
import XCTest

/// What belongs to the published composite stands beside no other data.
final class PublishedCompositeTests: ReportTestCase {
  /// The composite, from its table.
  private func composite() throws -> [Clip] {
    guard let path = RealData.path("htnet-release") else {
      throw XCTSkip(RealData.isMissing("htnet-release"))
    }
    let table = try String(
      contentsOfFile: path + "/combined_3_class2_for_optical_flow.csv", encoding: .utf8)
    return try table.split(whereSeparator: \.isNewline).dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Clip(
        dataset: cells[0], subject: cells[1], clip: cells[2], truth: try XCTUnwrap(Int(cells[3])),
        fold: cells[1])
    }
  }

  /// As many persons, and clips of each class, in each dataset, under other names.
  private func alikeInCounts() -> [Clip] {
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

  /// Labels that are dealt out anew within each dataset: every count stays.
  private func permuted(_ clips: [Clip]) -> [Clip] {
    var (dealt, generator) = (clips, SeededGenerator(seed: 1))
    for dataset in Set(clips.map(\.dataset)).sorted() {
      let places = clips.indices.filter { clips[$0].dataset == dataset }
      let labels = places.map { clips[$0].truth }.shuffled(using: &generator)
      for (place, label) in zip(places, labels) { dealt[place].truth = label }
    }
    return dealt
  }

  func testCountsAloneAreNoComposite() throws {
    let clips = alikeInCounts()
    XCTAssertEqual(clips.count, 442)
    let folds = Set(clips.map(\.fold))
    XCTAssertEqual(folds.count, 68)
    try check([("as many of everything", clips, folds, folds, false)])
  }

  /// Figures of the paper stand beside the data that they are of, and beside no other.
  func testThePapersFiguresStandBesideTheCompositeAlone() throws {
    let composite = try composite()
    XCTAssertEqual(composite.count, 442)
    let folds = Set(composite.map(\.fold))
    XCTAssertEqual(folds.count, 68)
    let left = try XCTUnwrap(composite.first { $0.dataset == "samm" }).fold
    var otherName = composite
    for index in otherName.indices where otherName[index].dataset == "samm" {
      otherName[index].dataset = "sammlong"
    }
    var inCapitals = composite
    for index in inCapitals.indices {
      inCapitals[index].dataset = inCapitals[index].dataset.uppercased()
    }
    var otherPerson = composite
    (otherPerson[0].fold, otherPerson[0].subject) = (composite[441].fold, composite[441].subject)
    try check([
      ("the composite", composite, folds, folds, true),
      ("in capitals, in another order", inCapitals.reversed(), folds, folds, true),
      ("a run that is not complete", composite, folds, folds.subtracting([left]), false),
      ("some folds", composite, folds.subtracting([left]), folds, false),
      ("permuted labels", permuted(composite), folds, folds, false),
      ("another dataset", otherName, folds, folds, false),
      ("a clip of another person", otherPerson, Set(otherPerson.map(\.fold)), folds, false),
      ("a clip less", Array(composite.dropFirst()), folds, folds, false),
    ])
  }

  private typealias Run = (
    name: String, clips: [Clip], selected: Set<String>, finished: Set<String>, has: Bool
  )

  private func check(_ runs: [Run]) throws {
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
    try checkNotes(alikeInCounts(), hasPaper: false)
  }

  func testWhatAProtocolIsIsSaidBesideThePaper() throws {
    try checkNotes(composite(), hasPaper: true)
  }

  private func checkNotes(_ clips: [Clip], hasPaper: Bool) throws {
    let folds = Set(clips.map(\.fold))
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
    let paper = hasPaper ? ["The paper's figures are of best-on-test."] : []
    let columns = hasPaper ? ["paper UF1", "UAR"] : []
    for (protocols, notes, titles) in [
      ([.lastEpoch], [pooled, intervals, last], ["", "clips", "last-epoch UF1", "UAR"]),
      (
        [.bestOnTest], [pooled, intervals, best, optimism] + paper,
        ["", "clips", "best-on-test (optimistic) UF1", "UAR"] + columns
      ),
      (
        [.lastEpoch, .bestOnTest], [pooled, intervals, last, best, optimism] + paper,
        ["", "clips", "last-epoch UF1", "UAR", "best-on-test (optimistic) UF1", "UAR"] + columns
      ),
    ] as [([EvaluationProtocol], [String], [String])] {
      try withTemporaryDirectory { directory in
        let run = RunDirectory(directory)
        try begin(run, time: "1", clips: clips, protocols: protocols)
        for fold in folds.sorted() { try finish(run, fold, time: "1", clips: clips) }
        let report = try Report(run) { XCTFail($0) }
        try report.write(to: run)
        XCTAssertTrue(
          report.text.hasSuffix("\n\n" + notes.joined(separator: "\n")), report.text)
        let markdown = try String(contentsOfFile: run.reportPath + "/report.md", encoding: .utf8)
        XCTAssertTrue(markdown.contains("| \(titles.joined(separator: " | ")) |\n"), markdown)
        XCTAssertEqual(
          (try json(run)["published"] as? [String: Any])?.isEmpty,
          !(hasPaper && protocols.contains(.bestOnTest)))
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
