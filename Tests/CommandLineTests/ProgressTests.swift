import TestSupport
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
    let command = [Self.binary] + (try arguments()) + ["--set", "training.epochs=2"]
    let child = try start(Mpirun.command(ranks: 2, command), environment: Mpirun.environment)
    let status = try child.wait()
    let ended = Ended(status: status, output: child.output, errors: child.errors)
    assertSuccess(ended)
    XCTAssertFalse(ended.errors.contains("\r") || ended.errors.contains("\u{1B}"), ended.errors)
    XCTAssertEqual(ended.output, "")
    for done in 1...3 {
      XCTAssertEqual(
        ended.errors.split(separator: "\n").count {
          $0.hasPrefix("htnet: fold ") && $0.contains("finished, \(done) of 3: loss ")
        }, 1, ended.errors)
    }
    XCTAssertTrue(ended.errors.contains("all 3 folds are finished"), ended.errors)
    assertStampedProgress(child.stampedErrors, isRank: true)
  }

  /// Lines of their own with date and time, under mpirun rank and host too, and an estimate from the
  /// first one on.
  private func assertStampedProgress(_ text: String, isRank: Bool) {
    let lines = text.split(separator: "\n").filter { $0.contains("samples/s") }
    XCTAssertGreaterThan(lines.count, 0, text)
    let place = isRank ? "[0@\(ProcessInfo.processInfo.hostName)]" : ""
    for line in lines {
      let match = line.wholeMatch(
        of:
          #/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d htnet(.*): folds \d/3 \| ETA [\d:]+ \| [1-9]\d* samples/s \| .+ epoch .+/#
      )
      XCTAssertEqual(match.map { String($0.1) }, place, "\(line)")
    }
  }

  /// A script reads how the run goes from the log alone.
  func testAScriptReadsEvents() throws {
    let child = try start(
      [Self.binary] + arguments() + ["--set", "training.epochs=2"],
      environment: ["HTNET_LOG": "json"])
    XCTAssertEqual(try child.wait(), 0, child.errors)
    let objects = try child.errors.split(separator: "\n").map {
      try XCTUnwrap(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)")
    }
    let finished = objects.filter { $0["event"] as? String == "fold-finished" }
    XCTAssertEqual(finished.map { $0["fold"] as? String }, ["sub01", "001", "s1"])
    XCTAssertEqual(finished.map { $0["done"] as? Int }, [1, 2, 3])
    for object in finished {
      let result = try RunFiles(path("run")).result(try XCTUnwrap(object["fold"] as? String))
      XCTAssertEqual(object["loss"] as? Double, (result["losses"] as? [Double])?.last)
    }
    let progress = try XCTUnwrap(objects.first { $0["event"] as? String == "progress" })
    XCTAssertEqual(progress["folds"] as? Int, 3)
    XCTAssertGreaterThan(try XCTUnwrap(progress["samples_per_second"] as? Double), 0)
    XCTAssertEqual(objects.last?["event"] as? String, "run-finished")
  }

  func testAnUnknownFormOfLogIsRefused() throws {
    let child = try start(
      [Self.binary] + arguments(), environment: ["HTNET_LOG": "xml"])
    XCTAssertEqual(try child.wait(), 2)
    XCTAssertEqual(
      child.errors,
      "htnet: HTNET_LOG: \"xml\" is no form of log lines: plain, stamped, json are\n")
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
  }

  /// A terminal that cannot renew a line gets lines of a log.
  func testNoEscapesOnATerminalThatKnowsNone() throws {
    let command = try [Self.binary] + arguments() + ["--set", "training.epochs=2"]
    let ended = try onTerminal("TERM=dumb " + command.joined(separator: " "))
    XCTAssertEqual(ended.status, 0, ended.output)
    let text = ended.output.replacingOccurrences(of: "\r\n", with: "\n")
    XCTAssertFalse(text.contains("\r") || text.contains("\u{1B}"), text)
    assertStampedProgress(text, isRank: false)
  }

  /// A job that goes on shows an estimate by the earlier one's speed, and then by its own.
  func testAResumedJobEstimatesByTheEarlierOne() throws {
    let command = [Self.binary] + (try arguments())
    let first = try start(command)
    try first.waitUntil("a finished fold of") {
      try RunFiles(path("run")).subjects("fold-finished").count >= 1
    }
    first.signal(SIGKILL)
    _ = try first.wait()
    let next = try start(command, environment: ["HTNET_LOG": "json"])
    XCTAssertEqual(try next.wait(), 0, next.errors)
    let progress = try next.errors.split(separator: "\n").compactMap {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }.filter { $0["event"] as? String == "progress" }
    XCTAssertEqual(
      progress.prefix(2).map { $0["speed_of"] as? String }, ["earlier job", "this job"])
    let said = try progress.map { try XCTUnwrap($0["message"] as? String) }
    XCTAssertTrue(try XCTUnwrap(said.first).contains(" | ETA ~0:"), said.first ?? "")
    XCTAssertTrue(try XCTUnwrap(said.first).contains(" by the earlier job | "), said.first ?? "")
    XCTAssertGreaterThan(try XCTUnwrap(progress.first?["seconds_left"] as? Double), 0)
    // Before a step was seen there is neither a speed nor an epoch to say.
    XCTAssertNil(progress.first?["samples_per_second"])
    for line in said {
      XCTAssertNil(line.firstMatch(of: #/ 0 samples/s|epoch 0/#), line)
    }
  }

  func testOneFoldIsNotAllFolds() throws {
    let child = try start(
      [Self.binary] + arguments()
        + ["--set", "training.epochs=1", "--set", "folds.include=s1"])
    XCTAssertEqual(try child.wait(), 0, child.errors)
    XCTAssertTrue(child.errors.contains("htnet: the fold is finished, "), child.errors)
  }

  /// Standard error is a file, though a terminal is near: a shell's, nohup's or mpirun's.
  func testPlainLinesInAFileThoughThereIsATerminal() throws {
    let alone = try [Self.binary] + arguments() + ["--set", "training.epochs=2"]
    let ranks = Mpirun.command(ranks: 2, alone)
    for (name, command) in [
      ("alone", alone), ("nohup", ["nohup"] + alone), ("mpirun", ranks),
      ("both", ["nohup"] + ranks),
    ] {
      let log = path(name + ".log")
      let text = command.joined(separator: " ").replacing(path("run"), with: path(name))
      let ended = try onTerminal("\(text) > \(log) 2>&1 & wait $!")
      XCTAssertEqual(ended.status, 0, ended.output)
      let lines = try String(contentsOfFile: log, encoding: .utf8)
      XCTAssertFalse(lines.contains("\r") || lines.contains("\u{1B}"), lines)
      XCTAssertTrue(lines.contains("all 3 folds are finished"), lines)
      assertStampedProgress(lines, isRank: ["mpirun", "both"].contains(name))
      XCTAssertFalse(ended.output.contains("folds"), ended.output)
    }
  }

  /// `script` of util-linux gives a program a terminal.
  private func onTerminal(_ command: String) throws -> Ended {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else {
      throw XCTSkip("there is no /usr/bin/script to make a terminal with")
    }
    return try run(
      ["/usr/bin/script", "-qec", command, "/dev/null"], environment: Mpirun.environment)
  }

  private func assertOneRenewedLine(_ command: [String]) throws {
    let ended = try onTerminal(command.joined(separator: " "))
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
