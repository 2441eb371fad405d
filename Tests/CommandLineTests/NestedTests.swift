import TestSupport
import XCTest

/// Nothing of the test subject reaches training or the choice of an epoch.
final class NestedTests: CommandLineTestCase {
  private let configuration = """
    model: {dim: 6, block_repeats: [1, 1, 1]}
    training: {epochs: 6, batch_size: 16, learning_rate: 0.004, class_weights: balanced, ema: 0.5}
    data: {regions: whole, scaling: standard}
    augmentation: {mirror: 0.5, mixup: 0.3}
    evaluation:
      protocols: [last-epoch, nested, best-on-test]
      nested: {splits: 2, subjects: 3}
    folds: {include: [sub01]}

    """

  private struct Outcome {
    /// Result files of the fold's trainings, without what names test clips' images or logits.
    var weights: [String]
    var results: [Data]
    /// Epochs and predictions of the first two protocols.
    var nested: [[String]]
    var last: [[String]]
    var best: [[String]]
  }

  private func train(_ data: String, _ run: String, _ more: [String] = []) throws -> Outcome {
    let config = try write(configuration, to: "config.yaml")
    assertSuccess(
      try htnet(
        ["train", "--config", config, "--data", data, "--run", path(run)]
          + more.flatMap { ["--set", $0] }))
    assertSuccess(try htnet(["report", path(run)]))
    var outcome = Outcome(weights: [], results: [], nested: [], last: [], best: [])
    for task in ["folds", "inner-1/folds", "inner-2/folds"] {
      let file = path("\(run)/\(task)/sub01/result.json")
      let data = try XCTUnwrap(FileManager.default.contents(atPath: file), file)
      let object = try XCTUnwrap(JSONSerialization.jsonObject(with: data) as? [String: Any])
      outcome.weights.append(try XCTUnwrap(object["weights_sha256"] as? String))
      outcome.results.append(data)
    }
    let table = RunFiles.table(try RunFiles(path(run)).report("predictions.csv"))
    func column(_ name: String) throws -> [[String]] {
      let first = try XCTUnwrap(table.header.firstIndex(of: name))
      return table.rows.map { Array($0[first..<first + 5]) }
    }
    outcome.last = try column("last-epoch")
    outcome.nested = try column("nested")
    outcome.best = try column("best-on-test")
    return outcome
  }

  private func editLabels(_ data: String, _ change: (inout [String]) -> Void) throws {
    let file = data + "/combined_3_class2_for_optical_flow.csv"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let lines = text.split(separator: "\n").map { line in
      var fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      if fields.count > 1, fields[1] == "sub01" { change(&fields) }
      return fields.joined(separator: ",")
    }
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: file, atomically: true, encoding: .utf8)
  }

  func testTheTestSubjectsLabelsChangeNoBit() throws {
    let data = try synthesize(subjects: 7, clips: 4)
    let first = try train(data, "first")
    let header = RunFiles.table(
      try XCTUnwrap(
        FileManager.default.contents(atPath: data + "/combined_3_class2_for_optical_flow.csv"))
    ).header
    let column = try XCTUnwrap(header.firstIndex(of: "label"))
    var bests = [first.best]
    for shift in [1, 2] {
      let changed = try synthesize("data-\(shift)", subjects: 7, clips: 4)
      try editLabels(changed) { $0[column] = "\((Int($0[column])! + shift) % 3)" }
      let second = try train(changed, "second-\(shift)")
      XCTAssertEqual(second.results, first.results)
      XCTAssertEqual(second.weights, first.weights)
      XCTAssertEqual(second.nested, first.nested)
      XCTAssertEqual(second.last, first.last)
      bests.append(second.best)
    }
    // The optimistic protocol does look.
    XCTAssertGreaterThan(Set(bests).count, 1)
  }

  func testTheTestSubjectsImagesChangeNeitherWeightsNorTheChosenEpoch() throws {
    let data = try synthesize(subjects: 7, clips: 4)
    let first = try train(data, "first", ["evaluation.nested.refit=true"])
    let other = try synthesize("other", subjects: 7, clips: 4, seed: 9)
    let changed = try synthesize("changed", subjects: 7, clips: 4)
    let files = try FileManager.default.subpathsOfDirectory(atPath: changed).filter {
      $0.hasSuffix(".png") && $0.contains("sub01")
    }
    XCTAssertFalse(files.isEmpty)
    let source = try XCTUnwrap(
      FileManager.default.subpathsOfDirectory(atPath: other).filter { $0.hasSuffix(".png") }.last)
    for file in files {
      try FileManager.default.removeItem(atPath: changed + "/" + file)
      try FileManager.default.copyItem(atPath: other + "/" + source, toPath: changed + "/" + file)
    }
    let second = try train(changed, "second")
    XCTAssertEqual(second.weights, first.weights)
    XCTAssertNotEqual(second.results[0], first.results[0])
    // Those held out are not of the test subject.
    XCTAssertEqual(Array(second.results[1...]), Array(first.results[1...]))
    XCTAssertEqual(second.nested.map { $0[1] }, first.nested.map { $0[1] })
    XCTAssertNotEqual(second.nested, first.nested)
  }

  /// Without a refit the inner models answer, and they too have not seen the test subject.
  func testInnerModelsAnswerWithoutRefit() throws {
    let data = try synthesize(subjects: 7, clips: 4)
    let refit = try train(data, "refit")
    let mean = try train(data, "mean", ["evaluation.nested.refit=false"])
    XCTAssertEqual(mean.weights, refit.weights)
    XCTAssertEqual(mean.last, refit.last)
    XCTAssertEqual(mean.nested.map { $0[1] }, refit.nested.map { $0[1] })
    XCTAssertNotEqual(mean.nested, refit.nested)
    // Logarithms of probabilities.
    for row in mean.nested {
      let sum = row[2...].reduce(0) { $0 + exp(Double($1)!) }
      XCTAssertEqual(sum, 1, accuracy: 1e-5)
    }
  }
}
