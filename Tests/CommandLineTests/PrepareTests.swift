import Foundation
import XCTest

/// `scripts/prepare`, as far as it needs no packages from the network.
final class PrepareTests: CommandLineTestCase {
  /// Neither help nor a mistake waits for the packages, which take minutes to fetch.
  func testHelpAndMistakesComeBeforeThePackages() throws {
    let python = ProcessInfo.processInfo.environment["HTNET_TEST_PYTHON"] ?? "python3"
    let isRight = "import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))"
    guard (try? run([python, "-c", isRight]))?.status == 0 else {
      throw XCTSkip("\(python) is not Python 3.10 to 3.13; HTNET_TEST_PYTHON may name one that is")
    }
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../scripts/prepare").path
    let cases: [([String], Int32, String)] = [
      (["--help"], 0, "scripts/prepare clips.csv --output prepared --pictures"),
      (["clips.csv", "--output", "out", "-h"], 0, "A second run redoes only what has changed."),
      ([], 2, "the following arguments are required: TABLE.csv, --output"),
      (["clips.csv", "--output", "out", "--size", "3"], 2, "--size is 3, not between 8 and 512"),
    ]
    for (arguments, status, words) in cases {
      let ended = try run(
        [script] + arguments,
        environment: [
          "HTNET_PREPARE_ENVIRONMENTS": path("environments"), "HTNET_PREPARE_PYTHON": python,
        ])
      XCTAssertEqual(ended.status, status, ended.errors)
      XCTAssertTrue(
        (status == 0 ? ended.output : ended.errors).contains(words), ended.output + ended.errors)
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("environments")))
  }
}
