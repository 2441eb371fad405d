import XCTest

/// What the command line says before anything has gone wrong.
final class MessageTests: CommandLineTestCase {
  private let start = "htnet: note: no --config: the paper's configuration"

  func testTrainSaysThatNoConfigurationWasGiven() throws {
    let data = try synthesize()
    let small = [
      "model.dim=6", "model.block_repeats=1,1,1", "training.batch_size=8", "training.epochs=1",
      "folds.include=sub01",
    ]
    let without = try htnet(["train", "--data", data] + small.flatMap { ["--set", $0] })
    assertSuccess(without)
    XCTAssertTrue(
      without.errors.contains(start + " but for what --set gives, in runs/default\n"),
      without.errors)
    let clips = try RunFiles.table(
      XCTUnwrap(FileManager.default.contents(atPath: path(BadInputScene.labels)))
    ).rows.count
    // Each class with its clips: a label that is wrong throughout shows here.
    XCTAssertNotNil(
      without.errors.firstMatch(
        of:
          /htnet: 15 clips of 5 subjects \(casme2 2, samm 2, smic 1\): negative \d+, positive \d+, surprise \d+\n/
      ), without.errors)
    XCTAssertEqual(clips, 15)
    XCTAssertFalse(try RunFiles(path("runs/default")).ledger().isEmpty)
    let config = try write(
      """
      model: {dim: 6, block_repeats: [1, 1, 1]}
      training: {batch_size: 8, epochs: 1}
      folds: {include: [sub01]}
      """, to: "mine.yaml")
    let with = try htnet(["train", "--data", data, "--config", config])
    assertSuccess(with)
    XCTAssertFalse(with.errors.contains("no --config"), with.errors)
  }

  func testAPipeIsNoNameForARun() throws {
    let ended = try run(
      [
        "bash", "-c", #""$0" train --data data --config <(echo 'training: {epochs: 1}')"#,
        Self.binary,
      ])
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertEqual(
      ended.errors.replacing(/fd\/[0-9]+/, with: "fd/N"),
      "htnet: /dev/fd/N: is a pipe, whose name is none for a run: name the run's directory with --run\n"
    )
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("runs")))
  }

  /// A message is one line, whatever a path holds.
  func testAPathsControlCharactersAreShown() throws {
    let reported = try htnet(["report", "a\nb"])
    XCTAssertEqual(reported.status, 2)
    XCTAssertEqual(
      reported.errors, "htnet: a\\u{A}b: is no run directory: it does not exist\n")
    let trained = try htnet(["train", "--data", "data", "--run", "a\u{1B}b"])
    XCTAssertEqual(trained.status, 2)
    XCTAssertEqual(
      trained.errors, "htnet: --run: holds the control character U+001B; leave it out\n")
  }

  func testHelpShowsDefaults() throws {
    let help = try htnet(["train", "--help"])
    assertSuccess(help)
    let words = help.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for part in ["has made no progress for so long. Default: 900.", "runs/default without one"] {
      XCTAssertTrue(words.contains(part), "no \(part) in \(help.output)")
    }
  }
}
