import XCTest

/// `htnet report` needs only the run directory, and says the truth about it.
final class ReportTests: CommandLineTestCase {
  private func train(_ settings: [String]) throws -> Ended {
    let data =
      FileManager.default.fileExists(atPath: path("data")) ? path("data") : try synthesize()
    let fixed = [
      "model.dim=6", "model.block_repeats=1,1,1", "training.batch_size=8", "training.epochs=3",
      "training.learning_rate=0.003", "training.threads_per_rank=1",
      "evaluation.protocols=last-epoch,best-on-test",
    ]
    return try htnet(
      ["train", "--data", data, "--run", path("run")]
        + (fixed + settings).flatMap { ["--set", $0] })
  }

  /// UF1 and UAR from the vectors of classes, the plain way: a class that is neither there nor
  /// predicted counts in neither mean.
  private func scores(truth: [Int], prediction: [Int]) -> (uf1: Double, uar: Double) {
    var f1: [Double] = []
    var recall: [Double] = []
    for label in 0..<3 {
      var hits = 0.0
      var falseAlarms = 0.0
      var misses = 0.0
      for (truth, prediction) in zip(truth, prediction) {
        if truth == label && prediction == label { hits += 1 }
        if truth != label && prediction == label { falseAlarms += 1 }
        if truth == label && prediction != label { misses += 1 }
      }
      if hits + falseAlarms + misses > 0 {
        f1.append(2 * hits / (2 * hits + falseAlarms + misses))
      }
      if hits + misses > 0 { recall.append(hits / (hits + misses)) }
    }
    return (f1.reduce(0, +) / Double(f1.count), recall.reduce(0, +) / Double(recall.count))
  }

  /// Checks every score of report.json against predictions.csv, and returns the number of clips.
  @discardableResult
  private func assertScoresFollowFromPredictions(_ run: RunFiles) throws -> Int {
    let report = try run.reportJSON()
    let table = RunFiles.table(try run.report("predictions.csv"))
    var header = ["dataset", "subject", "clip", "truth"]
    for name in ["last-epoch", "best-on-test"] {
      header += [name, name + "_epoch"]
      for what in ["logit", "probability"] { header += (0..<3).map { "\(name)_\(what)_\($0)" } }
    }
    XCTAssertEqual(table.header, header + ["fold", "image"])
    for row in table.rows {
      for (start, epochs) in [(4, 3...3), (12, 1...3)] {
        // A row never contradicts itself.
        let logits = try row[start + 2..<start + 5].map { try XCTUnwrap(Float($0)) }
        XCTAssertEqual(Int(row[start]), logits.indices.max { logits[$0] < logits[$1] }, "\(row)")
        XCTAssertTrue(epochs.contains(try XCTUnwrap(Int(row[start + 1]))), "\(row)")
        let powers = logits.map { exp(Double($0)) }
        for (power, text) in zip(powers, row[start + 5..<start + 8]) {
          XCTAssertEqual(
            try XCTUnwrap(Double(text)), power / powers.reduce(0, +), accuracy: 1e-6, "\(row)")
        }
      }
    }
    let scores = try XCTUnwrap(report["scores"] as? [String: [String: [String: Any]]])
    XCTAssertEqual(Set(scores.keys), ["last-epoch", "best-on-test"])
    for (name, parts) in scores {
      let column = try XCTUnwrap(table.header.firstIndex(of: name))
      XCTAssertEqual(Set(parts.keys), Set(["full"] + table.rows.map { $0[0] }))
      for (part, figures) in parts {
        let rows = table.rows.filter { part == "full" || $0[0] == part }
        let expected = self.scores(
          truth: try rows.map { try XCTUnwrap(Int($0[3])) },
          prediction: try rows.map { try XCTUnwrap(Int($0[column])) })
        XCTAssertEqual(figures["clips"] as? Int, rows.count, "\(name) \(part)")
        XCTAssertEqual(
          try XCTUnwrap(figures["uf1"] as? Double), expected.uf1, accuracy: 1e-12,
          "\(name) \(part)")
        XCTAssertEqual(
          try XCTUnwrap(figures["uar"] as? Double), expected.uar, accuracy: 1e-12,
          "\(name) \(part)")
      }
    }
    return table.rows.count
  }

  func testACompleteRunFromItsDirectoryAlone() throws {
    assertSuccess(try train([]))
    let clips = try RunFiles.table(
      XCTUnwrap(
        FileManager.default.contents(
          atPath: path("data/combined_3_class2_for_optical_flow.csv")))
    ).rows
    // With the data at hand there are pictures of clips, or would be if one were wrong.
    assertSuccess(try htnet(["report", path("run")]))
    let page = String(decoding: try RunFiles(path("run")).report("report.html"), as: UTF8.self)
    XCTAssertTrue(page.contains("Each picture is the clip&#39;s flow map"), page)
    // The run directory somewhere else, and nothing but it.
    try FileManager.default.moveItem(atPath: path("run"), toPath: path("elsewhere"))
    try FileManager.default.removeItem(atPath: path("data"))
    let ended = try htnet(["report", path("elsewhere")])
    assertSuccess(ended)
    for part in ["Complete: 5 folds, \(clips.count) clips", "best-on-test (optimistic)"] {
      XCTAssertTrue(ended.output.contains(part), "\(part) in \(ended.output)")
    }
    XCTAssertFalse(ended.output.contains("paper"), ended.output)
    let run = RunFiles(path("elsewhere"))
    XCTAssertTrue(
      String(decoding: try run.report("report.html"), as: UTF8.self).contains(
        "There are no pictures: \(path("data")) holds no data; a report that is made where it does has pictures."
      ))
    let report = try run.reportJSON()
    XCTAssertEqual(report["status"] as? String, "complete")
    XCTAssertEqual(report["missing"] as? [String], [])
    let folds = try XCTUnwrap(report["folds"] as? [[String: Any]])
    XCTAssertEqual(
      folds.map { $0["subject"] as? String }, ["sub01", "001", "s1", "sub02", "002"])
    for fold in folds {
      let subject = try XCTUnwrap(fold["subject"] as? String)
      let result = try XCTUnwrap(
        JSONSerialization.jsonObject(with: XCTUnwrap(run.results[subject])) as? [String: Any])
      XCTAssertEqual(fold["weights_sha256"] as? String, result["weights_sha256"] as? String)
    }
    XCTAssertEqual(try assertScoresFollowFromPredictions(run), clips.count)
    // Every clip once, with the truth of the data set.
    let rows = RunFiles.table(try run.report("predictions.csv")).rows
    XCTAssertEqual(rows.map { Array($0[..<4]) }, clips.map { Array($0[..<4]) })
    // Each epoch's logits are that epoch's: those of the result's file.
    for fold in folds {
      let subject = try XCTUnwrap(fold["subject"] as? String)
      let result = try XCTUnwrap(
        JSONSerialization.jsonObject(with: XCTUnwrap(run.results[subject])) as? [String: Any])
      let epochs = try XCTUnwrap(result["logits_of_every_epoch"] as? [[[Double]]])
      for (index, row) in rows.filter({ $0[1] == subject }).enumerated() {
        for start in [4, 12] {
          let epoch = try XCTUnwrap(Int(row[start + 1]))
          XCTAssertEqual(
            try row[start + 2..<start + 5].map { try XCTUnwrap(Float($0)) },
            epochs[epoch - 1][index].map { Float($0) }, "\(row)")
        }
      }
    }
    XCTAssertTrue(
      String(decoding: try run.report("report.md"), as: UTF8.self).contains(
        "Protocol `best-on-test` (optimistic)"))
    // The same run gives the same bytes.
    let before = snapshot(of: run.path)
    assertSuccess(try htnet(["report", run.path]))
    XCTAssertEqual(snapshot(of: run.path), before)
  }

  func testAPartialRunSaysWhatIsMissing() throws {
    assertSuccess(try train([]))
    let run = RunFiles(path("run"))
    // What a job leaves that was stopped after its first two folds.
    let ledger = path("run/ledger.jsonl")
    let text = try String(contentsOfFile: ledger, encoding: .utf8)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    let second = try XCTUnwrap(
      lines.indices.filter { lines[$0].contains("\"fold-finished\"") }.dropFirst().first)
    lines = Array(lines[...second])
    try (lines.joined(separator: "\n") + "\n").write(
      toFile: ledger, atomically: false, encoding: .utf8)
    let ended = try htnet(["report", run.path])
    assertSuccess(ended)
    for part in ["PARTIAL: 2 of 5 folds are finished", "Missing: s1, sub02, 002"] {
      XCTAssertTrue(ended.output.contains(part), "\(part) in \(ended.output)")
    }
    let report = try run.reportJSON()
    XCTAssertEqual(report["status"] as? String, "partial")
    XCTAssertEqual(report["missing"] as? [String], ["s1", "sub02", "002"])
    XCTAssertEqual((report["folds"] as? [[String: Any]])?.count, 2)
    try assertScoresFollowFromPredictions(run)
  }

  func testAReportThatCannotBeWrittenIsShown() throws {
    assertSuccess(try train([]))
    let shown = try htnet(["report", path("run")]).output
    try FileManager.default.removeItem(atPath: path("run/report"))
    try Data().write(to: URL(fileURLWithPath: path("run/report")))
    let ended = try htnet(["report", path("run")])
    XCTAssertEqual(ended.status, 2)
    XCTAssertTrue(ended.errors.contains("run/report: cannot make the directory"), ended.errors)
    XCTAssertTrue(ended.output.hasPrefix("Complete: 5 folds"), ended.output)
    XCTAssertTrue(shown.hasPrefix(ended.output), ended.output)
  }

  func testAFoldListIsCompleteWithItsFolds() throws {
    assertSuccess(try train(["folds.include=sub02,001"]))
    let run = RunFiles(path("run"))
    let shown = try htnet(["report", run.path])
    assertSuccess(shown)
    XCTAssertTrue(
      shown.output.contains(
        "The run trains only 2 of 5 folds, so only 2 of 5 subjects are tested."),
      shown.output)
    let report = try run.reportJSON()
    XCTAssertEqual(report["status"] as? String, "complete")
    // In the order of the data set, not of the list.
    XCTAssertEqual(
      (report["folds"] as? [[String: Any]])?.map { $0["subject"] as? String }, ["001", "sub02"])
    try assertScoresFollowFromPredictions(run)
  }
}
