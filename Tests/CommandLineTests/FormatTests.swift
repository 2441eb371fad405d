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

  private typealias Figures = (
    protocol: String, part: String, clips: Int, uf1: Double, uar: Double
  )

  /// What the programs of their time reported.
  private static let scores: [(run: String, figures: [Figures])] = [
    (
      "format-1",
      [
        ("last-epoch", "full", 11, 0.19528619528619529, 0.2619047619047619),
        ("last-epoch", "casme2", 4, 0, 0),
        ("last-epoch", "samm", 4, 0.2222222222222222, 0.3333333333333333),
        ("last-epoch", "smic", 3, 0.16666666666666666, 0.3333333333333333),
        ("best-on-test", "full", 11, 0.4, 0.4523809523809524), ("best-on-test", "casme2", 4, 1, 1),
        ("best-on-test", "samm", 4, 0.2222222222222222, 0.3333333333333333),
        ("best-on-test", "smic", 3, 0.16666666666666666, 0.3333333333333333),
      ]
    ),
    (
      "format-2",
      [
        ("last-epoch", "full", 14, 0.14652014652014653, 0.2222222222222222),
        ("last-epoch", "casme2", 5, 0, 0),
        ("last-epoch", "samm", 5, 0.1111111111111111, 0.3333333333333333),
        ("last-epoch", "smic", 4, 0.13333333333333333, 0.3333333333333333),
        ("best-on-test", "full", 14, 0.16666666666666666, 0.3333333333333333),
        ("best-on-test", "casme2", 5, 0, 0),
        ("best-on-test", "samm", 5, 0.19047619047619047, 0.3333333333333333),
        ("best-on-test", "smic", 4, 0.13333333333333333, 0.3333333333333333),
      ]
    ),
    (
      "format-3",
      [
        ("last-epoch", "full", 17, 0.3164983164983165, 0.35000000000000003),
        ("last-epoch", "casme2", 6, 1, 1),
        ("last-epoch", "samm", 6, 0.16666666666666666, 0.3333333333333333),
        ("last-epoch", "smic", 5, 0.1111111111111111, 0.3333333333333333),
        ("best-on-test", "full", 17, 0.4947089947089947, 0.4611111111111111),
        ("best-on-test", "casme2", 6, 1, 1),
        ("best-on-test", "samm", 6, 0.5238095238095238, 0.6666666666666666),
        ("best-on-test", "smic", 5, 0.1111111111111111, 0.3333333333333333),
      ]
    ),
  ]

  func testRunsOfEarlierFormatsAreReportedToTheirScores() throws {
    for (name, expected) in Self.scores {
      let run = try kept(name)
      let ended = try htnet(["report", run])
      XCTAssertEqual(ended.status, 0, ended.errors)
      let report = try RunFiles(run).reportJSON()
      let scores = try XCTUnwrap(report["scores"] as? [String: [String: [String: Any]]])
      for (selection, part, clips, uf1, uar) in expected {
        let figures = try XCTUnwrap(scores[selection]?[part], "\(selection) \(part)")
        XCTAssertEqual(figures["clips"] as? Int, clips)
        XCTAssertEqual(
          try XCTUnwrap(figures["uf1"] as? Double), uf1, accuracy: 1e-15, "\(selection) \(part)")
        XCTAssertEqual(
          try XCTUnwrap(figures["uar"] as? Double), uar, accuracy: 1e-15, "\(selection) \(part)")
      }
    }
  }

  func testRunsOfEarlierFormatsAreInspectedAndExported() throws {
    for (name, fold, sha256) in [
      ("format-1", "s1", "be19699efddbfc168391baa5f52eb5067bc8689a6d5600278f4185fff15339bb"),
      (
        "format-1-stopped", "sub01",
        "03eaab8c9b0d46b8f062df939ac9f68b8d118f81bb29baf77cf211f026b984f6"
      ),
      ("format-2", "s1", "4475c2a602d244121acfe4d0d86fd8b942dca7ee0da2a4552e205daeb3733612"),
      (
        "format-2-stopped", "sub01",
        "07e9888d279d01218fc60e6c5bfdf515c108687eb177d280979c235b47caf070"
      ),
      ("format-3", "s1", "9c40453ac826d693de0c4ecfff0317c5484fde5f2d917196383c89c2dddf4de5"),
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

  /// Finished runs and stopped ones: none goes on, and nothing of them is changed.
  func testARunOfAnEarlierFormatIsNotGoneOnWith() throws {
    let data = try synthesize()
    for (name, format, reason) in [
      ("format-1", 1, "its random numbers were drawn otherwise"),
      ("format-1-stopped", 1, "its random numbers were drawn otherwise"),
      ("format-2", 2, "its checkpoints and results name their fold otherwise"),
      ("format-2-stopped", 2, "its checkpoints and results name their fold otherwise"),
    ] {
      let run = try kept(name)
      let ledger = FileManager.default.contents(atPath: run + "/ledger.jsonl")
      let ended = try htnet([
        "train", "--config", run + "/config.yaml", "--data", data, "--run", run,
      ])
      XCTAssertEqual(ended.status, 2, ended.errors)
      XCTAssertTrue(
        ended.errors.hasSuffix(
          """
          \(run): holds a run of format \(format), with which this htnet, of format 4, does not go on: \
          \(reason); name another directory with --run, or finish it with the earlier htnet that began it

          """), ended.errors)
      XCTAssertEqual(FileManager.default.contents(atPath: run + "/ledger.jsonl"), ledger)
      XCTAssertEqual(
        FileManager.default.fileExists(atPath: run + "/folds/sub01/checkpoint/manifest.json"),
        name.hasSuffix("stopped"))
    }
  }

  /// What format 4 added a run of format 3 has none of, so it goes on, to the bits of its time.
  func testARunOfFormat3GoesOn() throws {
    let data = try synthesize(subjects: 3, clips: 5)
    let run = try kept("format-3-stopped")
    let ended = try htnet([
      "train", "--config", run + "/config.yaml", "--data", data, "--run", run,
    ])
    XCTAssertEqual(ended.status, 0, ended.errors)
    XCTAssertTrue(
      ended.errors.contains("fold sub01 goes on after epoch 642, step 1"), ended.errors)
    let ledger = try RunFiles(run).ledger()
    let machines = ledger.compactMap { $0["machine"] as? [String: Any] }
    XCTAssertEqual(
      ledger.filter { $0["machine"] != nil }.map { $0["format"] as? Int }, [3, 4])
    // Bits are promised for one kind of CPU and kernel.
    if machines[0]["kernel"] as? String == machines[1]["kernel"] as? String {
      XCTAssertEqual(
        try RunFiles(run).result("sub01")["weights_sha256"] as? String,
        "e440719743b7ce7c39faccea0c70b9260912be3f17fbf637239a4752ef09821c")
    }
    let inspected = try htnet(["inspect", run, "--verify"])
    XCTAssertEqual(inspected.status, 0, inspected.output)
  }

  func testARunOfALaterFormatIsRefusedByItsNumber() throws {
    let run = try kept("format-1")
    let ledger = run + "/ledger.jsonl"
    let text = try String(contentsOfFile: ledger, encoding: .utf8)
    // Another way to seal lines, too.
    try
      (text.replacingOccurrences(of: "\"format\":1", with: "\"format\":5,\"new\":true")
      + #"{"event":"fold-hatched","time":"t"}"# + "\n")
      .write(toFile: ledger, atomically: true, encoding: .utf8)
    for arguments in [
      ["report", run], ["inspect", run], ["export", run, "--fold", "s1", "--output", path("out")],
      ["train", "--config", run + "/config.yaml", "--data", try synthesize(), "--run", run],
    ] {
      let ended = try htnet(arguments)
      XCTAssertNotEqual(ended.status, 0, arguments[0])
      let message =
        "\(ledger): is of format 5, and this htnet knows formats up to 4; use an htnet as new as "
        + "the one that wrote it"
      XCTAssertTrue(
        (ended.errors + ended.output).contains(message), ended.errors + ended.output)
    }
  }
}
