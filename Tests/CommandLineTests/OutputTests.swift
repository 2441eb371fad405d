import TestSupport
import XCTest

/// Logs and output that cannot be written.
final class OutputTests: TrainingTestCase {
  override class var epochs: Int { 2 }

  private func shell(_ text: String, _ run: String) throws -> Ended {
    try self.run(["bash", "-c", text, Self.binary] + arguments(run, ["folds.include=sub01"]))
  }

  /// A full disk under the log, a log whose reader has ended, and none: the training goes on.
  func testALogThatCannotBeWrittenEndsNothing() throws {
    for (number, text) in [
      #""$0" "$@" 2> /dev/full"#,
      #""$0" "$@" 2>&1 >&- | head -c 1 > /dev/null; exit ${PIPESTATUS[0]}"#,
      #""$0" "$@" 2>&-"#,
    ].enumerated() {
      let ended = try shell(text, "run\(number)")
      XCTAssertEqual(ended.status, 0, "\(text): \(ended.errors)")
      XCTAssertEqual(try RunFiles(path("run\(number)")).events().last, "run-finished", text)
    }
  }

  func testOutputThatCannotBeWrittenIsSaid() throws {
    assertSuccess(try htnet(arguments("run", ["folds.include=sub01"])))
    for command in ["report", "inspect"] {
      let ended = try run(
        ["bash", "-c", #""$0" "$@" > /dev/full"#, Self.binary, command, path("run")])
      XCTAssertEqual(ended.status, 74, ended.errors)
      XCTAssertEqual(
        ended.errors, "htnet: the output cannot be written: No space left on device\n")
    }
  }

  func testAnOptionThatIsGivenTwiceIsRefused() throws {
    let ended = try htnet(arguments("run") + ["--run", path("other")])
    XCTAssertEqual(ended.status, 2)
    XCTAssertTrue(ended.errors.contains("--run is given 2 times; give it once"), ended.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
  }

  /// mpirun's ranks with other arguments: rank 0's count, and that is said.
  func testRanksWithOtherArgumentsAreTold() throws {
    let mine = [Self.binary] + arguments("run", ["folds.include=sub01"])
    let other = [Self.binary] + arguments("other", ["folds.include=sub01", "training.seed=9"])
    let ended = try run(
      Mpirun.command(ranks: 1, mine) + [":", "-n", "1"] + other, environment: Mpirun.environment)
    assertSuccess(ended)
    XCTAssertTrue(
      ended.errors.contains("was started with other arguments, which do not count"), ended.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("other")))
  }

  func testWeightsThatAreNotThereAreTold() throws {
    assertSuccess(try htnet(arguments("run", ["folds.include=sub01"])))
    let ended = try htnet(
      arguments("run", ["folds.include=sub01", "training.keep_weights=true"]))
    assertSuccess(ended)
    XCTAssertTrue(
      ended.errors.contains(
        "htnet: warning: training.keep_weights is true, but 1 finished fold has none: sub01; "),
      ended.errors)
  }
}
