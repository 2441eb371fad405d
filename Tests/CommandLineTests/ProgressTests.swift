import XCTest

/// What is to be seen of a run while it runs.
final class ProgressTests: CommandLineTestCase {
  private func arguments() throws -> [String] {
    [
      "train", "--data", try synthesize(), "--run", path("run"), "--set", "model.dim=12", "--set",
      "model.block_repeats=1,1,1", "--set", "training.batch_size=8", "--set",
      "training.epochs=400", "--set", "folds.include=sub01,001,s1", "--set",
      "training.threads_per_rank=1",
    ]
  }

  func testPlainLinesWithoutATerminal() throws {
    let ended = try htnet(ranks: 2, arguments() + ["--set", "training.epochs=2"])
    assertSuccess(ended)
    XCTAssertFalse(ended.errors.contains("\r") || ended.errors.contains("\u{1B}"), ended.errors)
    XCTAssertEqual(ended.output, "")
    for done in 1...3 {
      XCTAssertEqual(
        ended.errors.split(separator: "\n").count {
          $0.hasPrefix("fold ") && $0.contains("finished, \(done) of 3: loss ")
        }, 1, ended.errors)
    }
    XCTAssertTrue(ended.errors.contains("all 3 folds are finished"), ended.errors)
  }

  /// `script` of util-linux gives a program a terminal.
  private func assertOneRenewedLine(_ command: [String]) throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else {
      throw XCTSkip("there is no /usr/bin/script to make a terminal with")
    }
    let ended = try run(
      ["/usr/bin/script", "-qec", command.joined(separator: " "), "/dev/null"],
      environment: Mpirun.environment)
    XCTAssertEqual(ended.status, 0, ended.output)
    // A terminal's driver makes "\r\n" of "\n".
    let text = ended.output.replacingOccurrences(of: "\r\n", with: "\n")
    let renewed = text.components(separatedBy: "\r\u{1B}[K").dropFirst().filter {
      $0.hasPrefix("folds ")
    }
    XCTAssertGreaterThan(renewed.count, 1, text)
    for line in renewed {
      XCTAssertFalse(line.contains("\n"), "a renewed line must not end: \(line)")
      XCTAssertLessThan(line.count, 80, line)
    }
    XCTAssertTrue(
      renewed.contains {
        $0.contains("/3 | ETA 0:") && $0.contains(" samples/s | ") && $0.contains(" epoch ")
          && $0.contains("/400 loss ")
      }, text)
    XCTAssertTrue(text.contains("all 3 folds are finished"), text)
  }

  func testOneRenewedLineOnATerminal() throws {
    try assertOneRenewedLine([Self.binary] + arguments())
  }

  func testOneRenewedLineUnderMpirunOnATerminal() throws {
    try assertOneRenewedLine(Mpirun.command(ranks: 2, [Self.binary] + arguments()))
  }
}
