import Foundation
import TestSupport
import XCTest

/// `htnet report` of several runs, and of two that are compared.
final class PoolAndCompareTests: CommandLineTestCase {
  private let small = """
    model: {dim: 6, heads: 1, block_repeats: [1, 1, 1]}
    training: {epochs: 3, batch_size: 16, learning_rate: 0.002}
    evaluation:
      protocols: [last-epoch, nested, best-on-test]
      nested: {splits: 2, subjects: 2}

    """

  private func train(_ data: String, _ run: String, _ settings: [String] = [], text: String = "")
    throws
  {
    let config = try write(small + text, to: "config.yaml")
    assertSuccess(
      try htnet(
        ["train", "--config", config, "--data", data, "--run", path(run)]
          + settings.flatMap { ["--set", $0] }))
  }

  private func refuse(_ arguments: [String], _ message: String, line: UInt = #line) throws {
    let ended = try htnet(["report"] + arguments)
    XCTAssertEqual(ended.status, 2, ended.errors, line: line)
    XCTAssertEqual(ended.output, "", line: line)
    XCTAssertEqual(ended.errors, "htnet: \(message)\n", line: line)
  }

  func testRunsOfSomeFoldsAreTheWholeRun() throws {
    let data = try synthesize(subjects: 6)
    try train(data, "whole", ["training.seeds=1,2"])
    try train(data, "one", ["folds.include=s1,002,s2"])
    try train(
      data, "two", ["folds.exclude=s1,002,s2", "training.seeds=1,2", "training.threads_per_rank=2"])
    try train(data, "three", ["training.seed=2", "folds.include=s1,002,s2"])
    assertSuccess(try htnet(["report", path("whole")]))
    let pooled = try htnet([
      "report", path("one"), path("two"), path("three"), "--output", path("pool"),
    ])
    assertSuccess(pooled)
    XCTAssertTrue(pooled.output.hasPrefix("Complete: 6 folds × 2 seeds,"), pooled.output)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("one/report")))
    for name in ["predictions.csv", "curves.csv"] {
      XCTAssertEqual(
        FileManager.default.contents(atPath: path("pool/" + name)),
        try RunFiles(path("whole")).report(name), name)
    }
    let data1 = try XCTUnwrap(FileManager.default.contents(atPath: path("pool/report.json")))
    XCTAssertEqual(try JSONSchema(docs: "report.schema.json").violations(of: data1), [])
    var json = try XCTUnwrap(JSONSerialization.jsonObject(with: data1) as? [String: Any])
    XCTAssertEqual(
      json.removeValue(forKey: "runs") as? [String], ["one", "two", "three"].map(path))
    XCTAssertEqual(json as NSDictionary, try RunFiles(path("whole")).reportJSON() as NSDictionary)

    // Without --output it lies with the first.
    assertSuccess(try htnet(["report", path("two"), path("one")]))
    XCTAssertTrue(FileManager.default.fileExists(atPath: path("two/report/report.json")))
  }

  func testRunsOfOtherThingsAreNotPooled() throws {
    let data = try synthesize(subjects: 6)
    try train(data, "run", ["folds.include=sub01"])
    try train(
      data, "other", ["training.epochs=4", "data.regions=whole", "folds.include=s1"])
    let other = try synthesize("more", subjects: 6, seed: 2)
    try train(other, "foreign", ["folds.include=s1"])
    try train(data, "longer", ["folds.include=s1", "training.learning_rate=0.004"])
    let digests = try ["run", "other", "foreign"].map { name in
      let job = try XCTUnwrap(RunFiles(path(name)).ledger().first)
      return "\(try XCTUnwrap(job["dataSHA256"] as? String).prefix(12))…"
    }
    try refuse(
      [path("run"), path("other")],
      "\(path("other")): cannot be pooled with \(path("run")): data.regions is published there and whole "
        + "here; training.epochs is 3 there and 4 here; the digest of the data is \(digests[0]) there and "
        + "\(digests[1]) here")
    let ended = try htnet(["report", path("run"), path("foreign")])
    XCTAssertEqual(ended.status, 2)
    XCTAssertTrue(
      ended.errors.contains("the digest of the data is \(digests[0]) there and \(digests[2]) here"),
      ended.errors)
    try refuse(
      [path("run"), path("longer")],
      "\(path("longer")): cannot be pooled with \(path("run")): training.learning_rate is 0.002 there and "
        + "0.004 here")
    try refuse([path("run"), path("run") + "/"], "\(path("run")): stands there twice")
  }

  func testSettingsAndProtocolsAreCompared() throws {
    let data = try synthesize(subjects: 6)
    try train(
      data, "study", ["training.seeds=1,2"],
      text: "study: {model.dim: [6, 12], data.regions: [whole]}\n")
    let study = path("study")
    let ended = try htnet([
      "report", "--compare", study + ":setting=dim=6,regions=whole",
      ":setting=dim=12,regions=whole", "--output", path("out"),
    ])
    assertSuccess(ended)
    for part in [
      "A: \(study):setting=dim=6,regions=whole, seeds 1, 2\n",
      "B: \(study):setting=dim=12,regions=whole, seeds 1, 2\n",
      "they differ in  A   B\nmodel.dim       6  12\n\n", "McNemar's exact test:",
      "It is of the ensembles of seeds, the intervals are of means over seeds.",
      "Intervals are of 95%, paired", "written: \(path("out"))/comparison.json, comparison.md",
    ] {
      XCTAssertTrue(ended.output.contains(part), "\(part) in \(ended.output)")
    }
    let file = try XCTUnwrap(FileManager.default.contents(atPath: path("out/comparison.json")))
    XCTAssertEqual(try JSONSchema(docs: "comparison.schema.json").violations(of: file), [])
    let json = try XCTUnwrap(JSONSerialization.jsonObject(with: file) as? [String: Any])
    let pairs = try XCTUnwrap(json["comparisons"] as? [[String: Any]])
    XCTAssertEqual(
      pairs.map { $0["a_protocol"] as? String }, ["last-epoch", "nested", "best-on-test"])
    XCTAssertFalse(FileManager.default.fileExists(atPath: study + "/report"))

    // The means are those of the report.
    assertSuccess(try htnet(["report", study]))
    let settings = try XCTUnwrap(RunFiles(study).reportJSON()["settings"] as? [[String: Any]])
    for (side, setting) in zip(["a", "b"], settings) {
      let mean = (setting["scores"] as? [String: [String: [String: Any]]])?["nested"]?["full"]
      let mine =
        (pairs[1]["parts"] as? [String: [String: Any]])?["full"]?[side] as? [String: Any]
      for score in ["uf1", "uar"] {
        XCTAssertEqual(
          try XCTUnwrap(mine?[score] as? Double), try XCTUnwrap(mean?[score] as? Double),
          accuracy: 1e-15)
      }
      XCTAssertEqual(mine?["uf1_interval"] as? NSArray, mean?["uf1_interval"] as? NSArray)
    }

    let one = try htnet([
      "report", "--compare", study + ":setting=dim=6,regions=whole:seed=2:protocol=last-epoch",
      study + ":setting=dim=6,regions=whole:seed=2:protocol=best-on-test",
    ])
    assertSuccess(one)
    XCTAssertTrue(one.output.contains("A last-epoch, B best-on-test (optimistic)"), one.output)
    XCTAssertTrue(one.output.contains("A alone has 0 clips right"), one.output)
    XCTAssertTrue(one.output.contains("\n\nTheir configurations are alike.\n\n"), one.output)

    try refuse(
      ["--compare", study, study],
      "\(study): has several settings: name one, as in \(study):setting=dim=6,regions=whole; its settings "
        + "are dim=6,regions=whole; dim=12,regions=whole")
    try refuse(
      ["--compare", study],
      "--compare takes two runs, or parts of one such as \(study):protocol=last-epoch :protocol=nested; "
        + "there is 1")
    try refuse(
      ["--compare", study + ":setting=dim=7", study],
      "\(study): has no setting \"dim=7\"; its settings are dim=6,regions=whole; dim=12,regions=whole"
    )
  }

  /// A Python that has NumPy, and a script of the repository for it.
  private func numPy(_ script: String) throws -> [String] {
    let python = ProcessInfo.processInfo.environment["HTNET_TEST_PYTHON"] ?? "python3"
    guard (try? run([python, "-c", "import numpy"]))?.status == 0 else {
      throw XCTSkip("\(python) has no NumPy; HTNET_TEST_PYTHON may name one that has")
    }
    return [
      python,
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../" + script).path,
    ]
  }

  /// Of one inner training the pooled score is its own.
  func testHeldOutScoresAreThoseOfTheCurves() throws {
    let script = try numPy("docs/examples/python/held_out_scores.py")
    let data = try synthesize(subjects: 6)
    try train(
      data, "run",
      [
        "folds.include=s1", "evaluation.nested.splits=1",
        "study=[{name: '<&>'}, {name: 'b/x=1 é', model.dim: 12}]",
      ])
    assertSuccess(try htnet(["report", path("run")]))
    let ended = try run(script + [path("run")])
    assertSuccess(ended)
    // By the names that people gave them, whatever their directories are called; the run's own has one too.
    let named = ended.output.split(separator: "\n").map {
      $0.split(separator: "  ").last.map(String.init) ?? ""
    }
    XCTAssertEqual(named.sorted(), ["run <&>", "run b/x=1 é"], ended.output)
    let table = RunFiles.table(try RunFiles(path("run")).report("curves.csv"))
    func column(_ name: String) throws -> Int { try XCTUnwrap(table.header.firstIndex(of: name)) }
    let (epoch, scored, uf1) = (
      try column("epoch"), try column("scored"), try column("uf1")
    )
    let expected = table.rows.filter { $0[epoch] == "3" && $0[scored] == "held-out" }
      .compactMap { Double($0[uf1]) }
    let printed = ended.output.split(separator: "\n").compactMap { line in
      line.split(separator: " ").first.flatMap { Double($0) }
    }
    XCTAssertEqual(expected.count, 2)
    for (own, theirs) in zip(printed, expected.sorted(by: >)) {
      XCTAssertEqual(own, theirs, accuracy: 5e-5, ended.output)
    }
    XCTAssertEqual(printed.count, 2, ended.output)
  }

  /// What scripts/made-up-run.py writes is a run whose configuration can be read.
  func testMadeUpRunsAreCompared() throws {
    let script = try numPy("scripts/made-up-run.py")
    let study = path("made-up")
    assertSuccess(
      try run(script + [study, "--seeds", "2", "--settings", "3", "--epochs", "2"]))
    let ended = try htnet([
      "report", "--compare", study + ":setting=dim=24,regions=whole",
      ":setting=dim=48,regions=corrected",
    ])
    assertSuccess(ended)
    XCTAssertEqual(ended.errors, "")
    for line in ["data.regions    whole  corrected", "model.dim          24         48"] {
      XCTAssertTrue(ended.output.contains("\n\(line)\n"), ended.output)
    }
  }

  /// The lines that docs/report.md shows, with the Python that HTNET_TEST_PYTHON names, or python3.
  func testPandasReadsTheFiles() throws {
    let python = ProcessInfo.processInfo.environment["HTNET_TEST_PYTHON"] ?? "python3"
    guard (try? run([python, "-c", "import pandas"]))?.status == 0 else {
      throw XCTSkip("\(python) has no pandas; HTNET_TEST_PYTHON may name one that has")
    }
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: package.appendingPathComponent("docs/report.md"), encoding: .utf8)
    let code = try XCTUnwrap(text.firstMatch(of: /```python\n((?:.|\n)*?)```/)).1
    try train(
      try synthesize(subjects: 6), "runs/small", ["evaluation.protocols=last-epoch,best-on-test"])
    assertSuccess(try htnet(["report", path("runs/small")]))
    let ended = try run([
      python, "-c",
      String(code) + """
        print(list(predictions.subject.unique()), predictions.truth.dtype, predictions.image.isna().any())
        print(len(curves), curves.loss.dtype, curves.uf1.dtype)
        print(list(scores.index), float(scores.loc["full", "uf1"]) == report["scores"]["last-epoch"]["full"]["uf1"])
        print(list(optimism.index))
        right = predictions["last-epoch"] == predictions.truth
        print(abs(right.mean() - report["scores"]["last-epoch"]["full"]["accuracy"]) < 1e-12)

        """,
    ])
    assertSuccess(ended)
    XCTAssertEqual(
      ended.output,
      """
      ['sub01', '001', 's1', 'sub02', '002', 's2'] int64 False
      18 float64 float64
      ['casme2', 'full', 'samm', 'smic'] True
      ['best_on_test_minus_common_epoch', 'best_on_test_minus_last_epoch', 'common_epoch_minus_last_epoch']
      True

      """)
  }
}
