import Evaluation
import Foundation
import Reporting
import RunStore
import TestSupport
import XCTest

final class ComparisonTests: ReportTestCase {
  private static let people = ["smic", "samm"].flatMap { dataset in
    (1...3).flatMap { subject in
      (0..<3).map { truth in
        Clip(dataset: dataset, subject: "\(dataset)\(subject)", clip: "c\(truth)", truth: truth)
      }
    }
  }

  private func run(_ path: String, _ predictions: [(Int, Int)], folds: Set<String>? = nil) throws
    -> Report
  {
    let run = RunDirectory(path)
    try begin(run, time: "1", clips: Self.people, seeds: [1])
    for fold in Set(Self.people.map(\.fold)).sorted() where folds?.contains(fold) ?? true {
      try finish(run, fold, time: "1", clips: Self.people, predictions: predictions)
    }
    return try Report(run) { XCTFail($0) }
  }

  private func written(_ directory: String, _ comparison: Comparison) throws -> [String: Any] {
    try comparison.write(into: directory)
    let data = try XCTUnwrap(
      FileManager.default.contents(atPath: directory + "/" + Comparison.fileNames[0]))
    XCTAssertEqual(try JSONSchema(docs: "comparison.schema.json").violations(of: data), [])
    return try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  func testTwoRuns() throws {
    try withTemporaryDirectory { directory in
      let (pathA, pathB) = (directory + "/a", directory + "/b")
      let a = try run(pathA, [(0, 0), (1, 1), (0, 0), (1, 1), (0, 0)])
      let b = try run(pathB, [(0, 0), (1, 1), (2, 0), (1, 1), (1, 0)])
      let sides = try (ComparedSide(pathA), ComparedSide(pathB))
      var comparison = try Comparison((sides.0, a), (sides.1, b))
      XCTAssertTrue(
        comparison.text.contains(
          "How their configurations differ is not known: nobody has compared them."),
        comparison.text)
      comparison.configurations = .differ([.init("model.dim", "24", "48|64")])
      let json = try written(directory + "/c", comparison)
      let pairs = try XCTUnwrap(json["comparisons"] as? [[String: Any]])
      XCTAssertEqual(pairs.map { $0["a_protocol"] as? String }, ["last-epoch", "best-on-test"])
      let first = pairs[0]
      // Places 2, 7, 12 and 17 change from 0 to 2, and 4, 9 and 14 from 0 to 1; a clip's class is its
      // place modulo 3.
      let changed = try XCTUnwrap(first["changed"] as? [[String: Any]])
      XCTAssertEqual(changed.map { $0["b"] as? Int }, [2, 1, 2, 1, 2, 1, 2])
      XCTAssertEqual(changed.map { $0["truth"] as? Int }, [2, 1, 1, 0, 0, 2, 2])
      XCTAssertEqual(changed[0]["image"] as? String, "smic1_c2 .png")
      let test = try XCTUnwrap(first["mcnemar"] as? [String: Any])
      XCTAssertEqual(test["a_only_right"] as? Int, 2)
      XCTAssertEqual(test["b_only_right"] as? Int, 3)
      XCTAssertEqual(test["p"] as? Double, 1)
      let part = try XCTUnwrap((first["parts"] as? [String: [String: Any]])?["full"])
      let scores = try ["a", "b", "b_minus_a"].map { try XCTUnwrap(part[$0] as? [String: Any]) }
      let uf1 = try scores.map { try XCTUnwrap($0["uf1"] as? Double) }
      XCTAssertEqual(uf1[2], uf1[1] - uf1[0], accuracy: 1e-15)
      XCTAssertEqual(
        uf1[0], try XCTUnwrap(a.only?.scores[0]["full"]?.scores.uf1), accuracy: 1e-15)
      // Paired: narrower than what the ends of both allow.
      let ends = try scores.map { try XCTUnwrap($0["uf1_interval"] as? [Double]) }
      XCTAssertLessThan(ends[2][0], ends[2][1])
      XCTAssertLessThan(ends[2][1] - ends[2][0], ends[1][1] - ends[0][0] + ends[0][1] - ends[1][0])
      for line in [
        "18 clips of 6 subjects.\n\nthey differ in   A      B\nmodel.dim       24  48|64\n\nlast-epoch",
        "McNemar's exact test: A alone has 2 clips right, B alone 3: p = 1.0000.",
        "7 clips change:", "smic/smic1/c2  surprise  negative  surprise               won",
        "smic/smic3/c1  positive  negative  surprise  wrong either way",
        "samm/samm1/c0  negative  negative  positive              lost",
      ] {
        XCTAssertTrue(comparison.text.contains(line), "\(line) in \(comparison.text)")
      }
      // One seed each: test and intervals are of the same.
      XCTAssertFalse(comparison.text.contains("ensembles"), comparison.text)
      XCTAssertEqual(
        json["configuration_differences"] as? [[String: String]],
        [["name": "model.dim", "a": "24", "b": "48|64"]])
      XCTAssertEqual((json["digest_differences"] as? [Any])?.count, 0)
      let markdown = try String(contentsOfFile: directory + "/c/comparison.md", encoding: .utf8)
      for line in [
        "- A: \(pathA), seed 1", "| they differ in | A | B |", "| model.dim | 24 | 48\\|64 |",
        "McNemar's exact test: A alone has 2 clips right, B alone 3: p = 1.0000.",
        "| samm/samm1/c0 | negative | negative | positive | lost |",
      ] {
        XCTAssertTrue(markdown.contains(line + "\n"), "\(line) in \(markdown)")
      }
      // A run against itself does not differ.
      var same = try Comparison((sides.0, a), (sides.0, a))
      same.configurations = .differ([])
      XCTAssertTrue(same.text.contains("\n\nTheir configurations are alike.\n\n"), same.text)
      XCTAssertTrue(same.text.contains("No clip's prediction changes."), same.text)
      let none = try written(directory + "/same", same)
      let pair = try XCTUnwrap((none["comparisons"] as? [[String: Any]])?.first)
      XCTAssertEqual((pair["changed"] as? [Any])?.count, 0)
      let full = try XCTUnwrap((pair["parts"] as? [String: [String: Any]])?["full"])
      let zero = try XCTUnwrap(full["b_minus_a"] as? [String: Any])
      XCTAssertEqual(zero["uf1_interval"] as? [Double], [0, 0])
    }
  }

  func testOnlyClipsThatBothHaveAreCompared() throws {
    try withTemporaryDirectory { directory in
      let (pathA, pathB) = (directory + "/a", directory + "/b")
      let wrong = [(1, 1), (0, 0), (0, 0), (1, 1), (0, 0)]
      let a = try run(pathA, wrong)
      let b = try run(pathB, wrong, folds: ["smic1", "smic2", "samm1", "samm3"])
      let sides = try (ComparedSide(pathA), ComparedSide(pathB))
      let text = try Comparison((sides.0, a), (sides.1, b)).text
      XCTAssertTrue(text.contains("12 clips of 4 subjects."), text)
      XCTAssertTrue(
        text.contains("a, seed 1; 6 clips of it are not compared: the other has not got them"), text
      )
      let none = try run(directory + "/none", wrong, folds: [])
      XCTAssertEqual(
        errorText {
          try Comparison((sides.0, a), (ComparedSide(directory + "/none"), none))
        }, directory + "/none: no fold of it is finished with every seed that is meant")
    }
  }

  func testSidesAsPeopleNameThem() throws {
    let side = try ComparedSide("runs/a:b:setting=dim=6,regions=whole:protocol=nested:seed=3")
    XCTAssertEqual(side.path, "runs/a:b")
    XCTAssertEqual(side.setting, "dim=6,regions=whole")
    XCTAssertEqual(side.name, .nested)
    XCTAssertEqual(side.seed, 3)
    XCTAssertEqual(try ComparedSide(":seed=2", after: side).path, "runs/a:b")
    for (text, message) in [
      (":seed=2", "\":seed=2\" names no run directory"), ("", "\"\" names no run directory"),
      ("a:seed=x", "a:seed=x: the seed \"x\" is no whole number"),
      (
        "a:protocol=best",
        "a:protocol=best: there is no protocol \"best\"; there are last-epoch, nested, "
          + "best-on-test"
      ),
      ("a:seed=1:seed=2", "a:seed=1:seed=2: \":seed=\" stands there twice"),
      (
        "a:settings=x:seed=1",
        "a:settings=x:seed=1: there is no \":settings=\"; what may follow a run is :setting=, :seed=, "
          + ":protocol="
      ),
    ] {
      XCTAssertEqual(errorText { try ComparedSide(text) }, message)
    }
  }

  func testWhatIsNotThereIsNamed() throws {
    try withTemporaryDirectory { directory in
      let a = try run(directory + "/a", [(0, 0), (1, 1), (0, 0), (1, 1), (0, 0)])
      let path = directory + "/a"
      for (part, message) in [
        (":setting=wide", "has no setting \"wide\": it has no study"),
        (":seed=7", "has no seed 7; its seeds are 1"),
        (
          ":protocol=nested",
          "does not report nested; its protocols are last-epoch, best-on-test"
        ),
      ] {
        XCTAssertEqual(
          errorText { try Comparison((ComparedSide(path), a), (ComparedSide(path + part), a)) },
          path + ": " + message)
      }
    }
  }
}
