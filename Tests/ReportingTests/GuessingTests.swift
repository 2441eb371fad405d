import Evaluation
import Foundation
import Reporting
import RunStore
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
}
