import Evaluation
import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

/// Who scores no more than a guess is not believed.
final class GuessingTests: ReportTestCase {
  /// Of 24 people of two datasets with other frequencies of the classes.
  private static let people = (0..<24).flatMap { person in
    (0..<6).map { clip in
      Clip(
        dataset: person < 12 ? "a" : "b", subject: "s\(person)", clip: "\(clip)",
        truth: person < 12 ? clip % 3 : max(0, clip - 3))
    }
  }

  /// What each clip is taken for by two seeds.
  private func report(_ directory: String, _ predictions: [[Int]]) throws -> Report {
    let run = RunDirectory(directory)
    try begin(run, time: "1", clips: Self.people, seeds: [1, 2])
    for (seed, own) in zip([UInt64?.none, 2], predictions) {
      for fold in Set(Self.people.map(\.fold)).sorted() {
        try finish(
          run, fold, time: "1", clips: Self.people, seed: seed, predictions: own.map { ($0, $0) })
      }
    }
    return try Report(run) { XCTFail($0) }
  }

  /// Predictions that are right with a chance, and a guess among the dataset's classes otherwise.
  private func predictions(right: Double) -> [[Int]] {
    var generator = SeededGenerator(seed: 5)
    return (0..<2).map { _ in
      Self.people.map { clip in
        if Double.random(in: 0..<1, using: &generator) < right { return clip.truth }
        let alike = Self.people.filter { $0.dataset == clip.dataset }
        return alike[Int.random(in: alike.indices, using: &generator)].truth
      }
    }
  }

  private func p(_ run: RunDirectory) throws -> [String: Double] {
    let settings = try XCTUnwrap(try json(run)["settings"] as? [[String: Any]])
    let guessing = try XCTUnwrap(settings.first?["guessing"] as? [String: [String: Any]])
    XCTAssertEqual(Array(guessing.keys), ["last-epoch"])
    let figures = try XCTUnwrap(guessing["last-epoch"])
    // 72 of 144 clips are of the class 0.
    let constant = try XCTUnwrap(figures["most_frequent_class"] as? [String: Double])
    XCTAssertEqual(constant["uf1"] ?? 0, 2.0 * 72 / (72 + 144) / 3, accuracy: 1e-12)
    XCTAssertEqual(constant["uar"] ?? 0, 1.0 / 3, accuracy: 1e-12)
    return try XCTUnwrap(figures["p"] as? [String: Double])
  }

  func testWhatHasLearntNothingEarnsNoTick() throws {
    try withTemporaryDirectory { directory in
      let report = try report(directory, predictions(right: 0))
      let words = words(try page(report))
      XCTAssertTrue(words.contains("! Mind: Guessing would reach UF1"), words)
      XCTAssertTrue(words.contains("not clearly above that."), words)
      try report.write(to: RunDirectory(directory))
      let p = try p(RunDirectory(directory))
      XCTAssertGreaterThan(try XCTUnwrap(p["uf1"]), 0.01)
      XCTAssertGreaterThan(try XCTUnwrap(p["uar"]), 0.01)
    }
  }

  func testWhatHasLearntMuchEarnsOne() throws {
    try withTemporaryDirectory { directory in
      let report = try report(directory, predictions(right: 0.7))
      let words = words(try page(report))
      XCTAssertTrue(words.contains("✓ For it: Guessing would reach UF1"), words)
      XCTAssertTrue(words.contains("with p = 0.0005 in UF1 and 0.0005 in UAR (2000 deals)"), words)
      XCTAssertTrue(words.contains("Both intervals lie above all that."), words)
      try report.write(to: RunDirectory(directory))
      XCTAssertEqual(try XCTUnwrap(try p(RunDirectory(directory))["uf1"]), 1.0 / 2001)
    }
  }

  func testOneClassForAllIsAGuess() throws {
    try withTemporaryDirectory { directory in
      let one = Self.people.map { _ in 0 }
      let words = words(try page(report(directory, [one, one])))
      XCTAssertTrue(words.contains("with p = 1.0000 in UF1 and 1.0000 in UAR"), words)
      XCTAssertTrue(words.contains("UF1 and UAR are not clearly above that."), words)
    }
  }

  /// A study of one seed, without `nested`: what each setting takes each clip for.
  private func study(_ predictions: [[Int]]) throws -> Report {
    let folds = Set(Self.people.map(\.fold)).sorted()
    let keys = predictions.indices.map { "setting \($0)" }
    let job = LedgerRecord.JobStarted(
      time: "t", program: "htnet", configurationSHA256: "c", dataSHA256: "d",
      settings: keys.map { .init(key: $0, name: $0, values: [], dataSHA256: "d") }, seeds: [1],
      seed: 1, splitsBy: "subject", protocols: [.lastEpoch], classes: 3, clips: Self.people,
      tasks: keys.flatMap { key in folds.map { TaskKey(setting: key, split: $0) } },
      machine: .init(
        hosts: ["h"], ranks: 1, groups: [[0]], threadsPerRank: 1, cpu: "c", kernel: "k", mpi: "m"))
    var results: [TaskKey: TaskResult] = [:]
    for (key, own) in zip(keys, predictions) {
      for fold in folds {
        let task = TaskKey(setting: key, split: fold)
        let places = Self.people.indices.filter { Self.people[$0].fold == fold }
        results[task] = TaskResult(
          task: task, fold: 0, clips: places.map { Self.people[$0].clip }, losses: [1],
          logits: places.map { place in (0..<3).map { $0 == own[place] ? Float(2) : 0 } },
          logitsOfEveryEpoch: nil, weightsSHA256: "w")
      }
    }
    return try Report(
      RunContents(
        runs: [RunDirectory("run")], job: job, results: results,
        files: Dictionary(uniqueKeysWithValues: results.keys.map { ($0, "\($0)") }), failures: [:],
        histories: []))
  }

  /// The highest of many settings looks better than guessing, whatever the settings have learnt.
  func testAStudyOfNothingEarnsNoTick() throws {
    var generator = SeededGenerator(seed: 10)
    let settings = (0..<40).map { _ in
      Self.people.map { _ in Int.random(in: 0..<3, using: &generator) }
    }
    let words = words(try page(study(settings)))
    XCTAssertTrue(words.contains("the highest of 40,"), words)
    XCTAssertTrue(words.contains("! Mind: Guessing would reach UF1"), words)
    XCTAssertTrue(words.contains("! Mind: The 95% interval of UF1 is"), words)
    // One setting would earn a tick by these scores.
    XCTAssertTrue(
      words.contains(
        "Both intervals lie above all that, which is no evidence: they are of the highest of 40 settings"
      ),
      words)
  }

  /// Even what one setting would earn a tick for: these scores have chosen it.
  func testTheHighestOfTwoEarnsNone() throws {
    let settings = predictions(right: 0.7)
    let alone = words(try page(study([settings[0]])))
    XCTAssertTrue(alone.contains("✓ For it: Guessing would reach UF1"), alone)
    let two = words(try page(study(settings)))
    for text in [
      "! Mind: Guessing would reach UF1",
      "Both intervals lie above all that, which is no evidence: they are of the highest of 2 settings, and the "
        + "highest of as many guesses stands above guessing too. p must be multiplied by 2,",
      "The setting is the highest of 2 by these very scores, so that score and interval are too high.",
    ] {
      XCTAssertTrue(two.contains(text), "\(text) in \(two)")
    }
  }

  /// Settings that held-out training subjects choose are judged as one is.
  func testSettingsChosenForEachFoldEarnOne() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try study(run, settings: ["narrow", "wide"], clips: Self.people) { task in
        task.inner != nil || (Int(task.split.dropFirst()) ?? 0) % 4 > 0
      }
      let words = words(try page(Report(run) { XCTFail($0) }))
      XCTAssertTrue(words.contains("Chosen for each fold: narrow 24."), words)
      XCTAssertTrue(words.contains("✓ For it: Guessing would reach UF1"), words)
      XCTAssertTrue(words.contains("Both intervals lie above all that."), words)
    }
  }
}
