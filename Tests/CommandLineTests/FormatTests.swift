import XCTest

/// Run directories of earlier formats, kept as the programs of their time wrote them.
final class FormatTests: CommandLineTestCase {
  /// A copy of a kept run directory.
  private func kept(_ name: String) throws -> String {
    let directory = (#filePath as NSString).deletingLastPathComponent
    let copy = path(name)
    try FileManager.default.copyItem(atPath: "\(directory)/Fixtures/\(name)", toPath: copy)
    return copy
  }

  func testARunOfFormat1IsReportedToItsScores() throws {
    let run = try kept("format-1")
    let ended = try htnet(["report", run])
    XCTAssertEqual(ended.status, 0, ended.errors)
    let report = try RunFiles(run).reportJSON()
    let scores = try XCTUnwrap(report["scores"] as? [String: [String: [String: Any]]])
    let expected: [(String, String, Int, Double, Double)] = [
      ("last-epoch", "full", 11, 0.19528619528619529, 0.2619047619047619),
      ("last-epoch", "casme2", 4, 0, 0),
      ("last-epoch", "samm", 4, 0.2222222222222222, 0.3333333333333333),
      ("last-epoch", "smic", 3, 0.16666666666666666, 0.3333333333333333),
      ("best-on-test", "full", 11, 0.4, 0.4523809523809524), ("best-on-test", "casme2", 4, 1, 1),
      ("best-on-test", "samm", 4, 0.2222222222222222, 0.3333333333333333),
      ("best-on-test", "smic", 3, 0.16666666666666666, 0.3333333333333333),
    ]
    for (name, part, clips, uf1, uar) in expected {
      let figures = try XCTUnwrap(scores[name]?[part], "\(name) \(part)")
      XCTAssertEqual(figures["clips"] as? Int, clips)
      XCTAssertEqual(
        try XCTUnwrap(figures["uf1"] as? Double), uf1, accuracy: 1e-15, "\(name) \(part)")
      XCTAssertEqual(
        try XCTUnwrap(figures["uar"] as? Double), uar, accuracy: 1e-15, "\(name) \(part)")
    }
  }

  func testRunsOfFormat1AreInspectedAndExported() throws {
    for (name, fold, sha256) in [
      (
        "format-1", "s1", "be19699efddbfc168391baa5f52eb5067bc8689a6d5600278f4185fff15339bb"
      ),
      (
        "format-1-stopped", "sub01",
        "03eaab8c9b0d46b8f062df939ac9f68b8d118f81bb29baf77cf211f026b984f6"
      ),
    ] {
      let run = try kept(name)
      let inspected = try htnet(["inspect", run, "--verify"])
      XCTAssertEqual(inspected.status, 0, inspected.output + inspected.errors)
      let exported = try htnet(["export", run, "--fold", fold, "--output", path(name + ".out")])
      XCTAssertEqual(exported.status, 0, exported.errors)
      let file = try XCTUnwrap(FileManager.default.contents(atPath: path(name + ".out")))
      XCTAssertTrue(
        String(decoding: file, as: UTF8.self).contains("\"weights_sha256\":\"\(sha256)\""), name)
    }
  }

  /// A finished run and one that is stopped: neither goes on, and nothing of them is changed.
  func testARunOfFormat1IsNotGoneOnWith() throws {
    let data = try synthesize()
    for name in ["format-1", "format-1-stopped"] {
      let run = try kept(name)
      let ledger = FileManager.default.contents(atPath: run + "/ledger.jsonl")
      let ended = try htnet([
        "train", "--config", run + "/config.yaml", "--data", data, "--run", run,
      ])
      XCTAssertEqual(ended.status, 2, ended.errors)
      XCTAssertTrue(
        ended.errors.hasSuffix(
          """
          \(run): holds a run of format 1, whose random numbers this htnet, of format 2, no longer \
          draws; name another directory with --run, or finish it with the earlier htnet that began it

          """), ended.errors)
      XCTAssertEqual(FileManager.default.contents(atPath: run + "/ledger.jsonl"), ledger)
      XCTAssertEqual(
        FileManager.default.fileExists(atPath: run + "/folds/sub01/checkpoint/manifest.json"),
        name == "format-1-stopped")
    }
  }

  func testARunOfALaterFormatIsRefusedByItsNumber() throws {
    let run = try kept("format-1")
    let ledger = run + "/ledger.jsonl"
    let text = try String(contentsOfFile: ledger, encoding: .utf8)
    // Another way to seal lines, too.
    try
      (text.replacingOccurrences(of: "\"format\":1", with: "\"format\":3,\"new\":true")
      + #"{"event":"fold-hatched","time":"t"}"# + "\n")
      .write(toFile: ledger, atomically: true, encoding: .utf8)
    for arguments in [
      ["report", run], ["inspect", run], ["export", run, "--fold", "s1", "--output", path("out")],
      ["train", "--config", run + "/config.yaml", "--data", try synthesize(), "--run", run],
    ] {
      let ended = try htnet(arguments)
      XCTAssertNotEqual(ended.status, 0, arguments[0])
      let message =
        "\(ledger): is of format 3, and this htnet knows formats up to 2; use an htnet as new as "
        + "the one that wrote it"
      XCTAssertTrue(
        (ended.errors + ended.output).contains(message), ended.errors + ended.output)
    }
  }
}
