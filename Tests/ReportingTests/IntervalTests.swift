import Evaluation
import Foundation
import Reporting
import RunStore
import Tasks
import TestSupport
import XCTest

/// What stands beside the scores: intervals, ensembles, optimism, curves; and that the files are as
/// documented.
final class IntervalTests: ReportTestCase {
  /// Two datasets of three subjects, each with a clip of every class.
  private static let people = ["smic", "samm"].flatMap { dataset in
    (1...3).flatMap { subject in
      (0..<3).map { truth in
        Clip(dataset: dataset, subject: "\(dataset)\(subject)", clip: "c\(truth)", truth: truth)
      }
    }
  }

  /// Predictions of the last epoch and of the one before, by the clip's place modulo 5.
  private func train(
    _ run: RunDirectory, seeds: [UInt64],
    protocols: [EvaluationProtocol] = [.lastEpoch, .bestOnTest],
    finished: Set<String>? = nil
  ) throws {
    try begin(run, time: "1", clips: Self.people, seeds: seeds, protocols: protocols)
    for (place, seed) in seeds.enumerated() {
      for fold in Set(Self.people.map(\.fold)).sorted() where finished?.contains(fold) ?? true {
        try finish(
          run, fold, time: "1", clips: Self.people, seed: place == 0 ? nil : seed,
          predictions: [(0, 0), (1, 2), (2, 2), (Int(seed % 3), 1), (1, 1)])
      }
    }
  }

  private func report(_ run: RunDirectory) throws -> (report: Report, json: [String: Any]) {
    let report = try Report(run) { XCTFail($0) }
    try report.write(to: run)
    let data = try XCTUnwrap(FileManager.default.contents(atPath: run.reportPath + "/report.json"))
    XCTAssertEqual(try JSONSchema(docs: "report.schema.json").violations(of: data), [])
    return (report, try json(run))
  }

  private func ends(_ part: [String: Any]?, _ name: String) throws -> [Double] {
    try XCTUnwrap(part?[name] as? [Double], name)
  }

  func testEveryScoreHasItsIntervalBesideIt() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try train(run, seeds: [1])
      let (report, json) = try report(run)
      for name in ["last-epoch", "best-on-test"] {
        for key in ["full", "smic", "samm"] {
          let part = try part(json, name, key)
          for score in ["uf1", "uar"] {
            let ends = try ends(part, score + "_interval")
            let value = try XCTUnwrap(part[score] as? Double)
            XCTAssertLessThanOrEqual(ends[0], value)
            XCTAssertGreaterThanOrEqual(ends[1], value)
            XCTAssertLessThan(ends[0], ends[1], "\(name) \(key) \(score)")
          }
          XCTAssertTrue(
            report.text.contains(
              String(
                format: "[%.4f, %.4f]", try ends(part, "uf1_interval")[0],
                try ends(part, "uf1_interval")[1])), report.text)
        }
      }
      let setting = try XCTUnwrap((json["settings"] as? [[String: Any]])?.first)
      let mean = try XCTUnwrap(setting["scores"] as? [String: [String: [String: Any]]])
      XCTAssertEqual(
        try ends(mean["last-epoch"]?["full"], "uf1_interval"),
        try ends(part(json, "last-epoch", "full"), "uf1_interval"))
      XCTAssertTrue(setting["ensemble"] is NSNull)
      XCTAssertEqual(
        json["bootstrap"] as? NSDictionary,
        [
          "draws": 2000, "seed": 1, "level": 0.95, "method": "percentile", "unit": "subject",
          "within": "dataset",
        ] as NSDictionary)
    }
  }

  func testOneSubjectOfADatasetHasNoInterval() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try train(run, seeds: [1], finished: ["smic1", "smic2", "samm1"])
      let (report, json) = try report(run)
      for key in ["full", "samm"] {
        XCTAssertTrue(try part(json, "last-epoch", key)["uf1_interval"] is NSNull, key)
      }
      XCTAssertEqual(try ends(part(json, "last-epoch", "smic"), "uar_interval").count, 2)
      XCTAssertTrue(
        report.text.contains("There is none where a dataset has one subject alone."), report.text)
    }
  }

  /// The ensemble's answer is the class with the largest mean probability, not the majority's.
  func testTheEnsembleHasItsRow() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try train(run, seeds: [1, 2, 3])
      let (report, json) = try report(run)
      let setting = try XCTUnwrap((json["settings"] as? [[String: Any]])?.first)
      let ensemble = try XCTUnwrap(setting["ensemble"] as? [String: [String: [String: Any]]])
      // By place modulo 5: right or not as in each seed; the fourth clips are 1, 2 and 0 by the seeds,
      // equally likely, so the first class.
      var confusion = Array(repeating: [0, 0, 0], count: 3)
      for (place, clip) in Self.people.enumerated() {
        let fold = Self.people.indices.filter { Self.people[$0].fold == clip.fold }
        XCTAssertTrue(fold.contains(place))
        confusion[clip.truth][[0, 1, 2, 0, 1][place % 5]] += 1
      }
      XCTAssertEqual(ensemble["last-epoch"]?["full"]?["confusion"] as? [[Int]], confusion)
      XCTAssertEqual(Set(try XCTUnwrap(ensemble["best-on-test"]).keys), ["full", "smic", "samm"])
      let full = try XCTUnwrap(ensemble["last-epoch"]?["full"])
      let row = String(format: "%.4f", try XCTUnwrap(full["uf1"] as? Double))
      let line = try XCTUnwrap(
        report.text.split(separator: "\n").first { $0.hasPrefix("Ensemble") })
      XCTAssertTrue(line.contains(row), report.text)
      let text = String(
        decoding: try XCTUnwrap(
          FileManager.default.contents(atPath: run.reportPath + "/report.md")), as: UTF8.self)
      XCTAssertTrue(text.contains("\n| Ensemble | 18 | \(row) |"), text)
    }
  }

  /// Its parts add up, and each is a difference of two scores that are known otherwise.
  func testOptimism() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try train(run, seeds: [1])
      let (report, json) = try report(run)
      let optimism = try XCTUnwrap(json["optimism"] as? [String: Any])
      let parts = try XCTUnwrap(optimism["parts"] as? [String: [String: [String: Any]]])
      XCTAssertEqual(Set(parts.keys), ["full", "smic", "samm"])
      // Which epoch is best for all: count both.
      func uf1(_ epoch: Int) throws -> Double {
        let answers = [[0, 2, 2, 1, 1], [0, 1, 2, 1, 1]][epoch]
        let pairs = Self.people.enumerated().map {
          (truth: $1.truth, prediction: answers[$0 % 5])
        }
        return try XCTUnwrap(Scores(ConfusionMatrix(classes: 3, pairs))).uf1
      }
      let common = try uf1(1) >= uf1(0) ? 2 : 1
      XCTAssertEqual(optimism["common_epochs"] as? [Int], [common])
      let value = { (name: String) in try XCTUnwrap(parts["full"]?[name]?["uf1"] as? Double) }
      let last = try XCTUnwrap(part(json, "last-epoch", "full")["uf1"] as? Double)
      let best = try XCTUnwrap(part(json, "best-on-test", "full")["uf1"] as? Double)
      XCTAssertEqual(last, try uf1(1), accuracy: 1e-12)
      XCTAssertEqual(try value("best_on_test_minus_last_epoch"), best - last, accuracy: 1e-12)
      XCTAssertEqual(
        try value("best_on_test_minus_common_epoch"), best - (try uf1(common - 1)), accuracy: 1e-12)
      XCTAssertEqual(
        try value("best_on_test_minus_last_epoch"),
        try value("best_on_test_minus_common_epoch") + value("common_epoch_minus_last_epoch"),
        accuracy: 1e-12)
      XCTAssertTrue(report.text.contains("optimism, in UF1"), report.text)
      // Whoever did not ask for the selection is not shown what it gains.
      let honest = RunDirectory(directory + "/honest")
      try train(honest, seeds: [1], protocols: [.lastEpoch])
      let other = try self.report(honest)
      XCTAssertNil(other.json["optimism"])
      XCTAssertFalse(other.report.text.contains("ptimism"), other.report.text)
    }
  }

  func testCurvesShowTestScoresOnlyWhereTheSelectionLooksAtThem() throws {
    try withTemporaryDirectory { directory in
      for (name, protocols, shown) in [
        ("best", [.lastEpoch, .bestOnTest], true), ("last", [.lastEpoch], false),
      ] as [(String, [EvaluationProtocol], Bool)] {
        let run = RunDirectory(directory + "/" + name)
        try train(run, seeds: [4], protocols: protocols)
        _ = try report(run)
        let data = try XCTUnwrap(
          FileManager.default.contents(atPath: run.reportPath + "/curves.csv"))
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        XCTAssertEqual(lines[0], "setting,seed,fold,inner,epoch,loss,scored,clips,accuracy,uf1,uar")
        XCTAssertEqual(lines.count, 1 + 6 * 2)
        // smic1 has clips 0, 1 and 2, of their own classes.
        XCTAssertEqual(
          Array(lines[1...2]),
          shown
            ? [
              ",4,smic1,,1,2.0,test,3,0.6666666666666666,0.5555555555555555,0.6666666666666666",
              ",4,smic1,,2,1.0,test,3,1.0,1.0,1.0",
            ] : [",4,smic1,,1,2.0,,,,,", ",4,smic1,,2,1.0,,,,,"])
      }
    }
  }

  /// The schema is one that can fail.
  func testTheValidatorKnowsWhatItChecks() throws {
    try withTemporaryDirectory { directory in
      let run = RunDirectory(directory)
      try train(run, seeds: [1, 2])
      let (_, json) = try report(run)
      let schema = try JSONSchema(docs: "report.schema.json")
      for (change, violation) in [
        ({ $0["status"] = "done" }, "/status: is "), ({ $0["status"] = nil }, ": lacks status"),
        ({ $0["extra"] = 1 }, "/extra: is not allowed"),
        ({ $0["settings"] = [] }, "/settings: has 0 items"),
        (
          { $0["protocols"] = ["first-epoch": ["optimistic": false]] },
          "/protocols/first-epoch: is "
        ),
        ({ $0["classes"] = [1] }, "/classes/0: is no string"),
      ] as [((inout [String: Any]) -> Void, String)] {
        var changed = json
        change(&changed)
        let found = try schema.violations(of: JSONSerialization.data(withJSONObject: changed))
        XCTAssertTrue(found.contains { $0.hasPrefix(violation) }, "\(violation): \(found)")
      }
      XCTAssertThrowsError(try JSONSchema(Data(#"{"properties": {"a": {"patern": "x"}}}"#.utf8)))
    }
  }
}
