import TestSupport
import XCTest

/// What hosts must have in common is looked at before anybody trains. Ranks in other directories, or of
/// another program, stand for hosts.
final class HostAgreementTests: CommandLineTestCase {
  private let settings = [
    "model.dim=6", "model.block_repeats=1,1,1", "training.epochs=2", "training.batch_size=8",
    "folds.include=sub01,s1", "training.threads_per_rank=1",
  ].flatMap { ["--set", $0] }

  private func ranks(_ contexts: [[String]]) throws -> Ended {
    let joined = Array(contexts.map { ["-n", "1"] + $0 }.joined(separator: [":"]))
    return try run(
      [Mpirun.name] + Mpirun.crowded + joined, environment: Mpirun.environment)
  }

  func testARunDirectoryThatIsNotSharedIsRefused() throws {
    let data = try synthesize()
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(
        atPath: path(name), withIntermediateDirectories: false)
    }
    // The second rank sees a directory of the same name that is another one.
    try FileManager.default.createDirectory(
      atPath: path("b/runs/x"), withIntermediateDirectories: true)
    let command = [Self.binary, "train", "--data", data, "--run", "runs/x"] + settings
    let ended = try ranks([
      ["-wdir", path("a")] + command, ["-wdir", path("b")] + command,
      ["-wdir", path("a")] + command,
    ])
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertNotNil(
      ended.errors.firstMatch(
        of:
          #/runs/x: is not one directory for all hosts: rank 1 on \S+ does not see what rank 0 on \S+ writes there; name a directory on a file system that all hosts share, by an absolute path, with --run\n/#
      ), ended.errors)
    // Nothing was begun, and nothing is left.
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("a/runs")))
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: path("b/runs/x")), [])
    // With one directory the same ranks train.
    let shared = [Self.binary, "train", "--data", data, "--run", path("shared")] + settings
    assertSuccess(
      try ranks([["-wdir", path("a")] + shared, ["-wdir", path("b")] + shared]))
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: path("shared")).sorted(),
      ["config.yaml", "folds", "ledger.jsonl", "lock", "tensorboard"])
  }

  func testAnotherBuildIsRefused() throws {
    let data = try synthesize()
    // The same program but for a byte after its end.
    let other = path("htnet-of-another-build")
    try FileManager.default.copyItem(atPath: Self.binary, toPath: other)
    let file = try XCTUnwrap(FileHandle(forWritingAtPath: other))
    try file.seekToEnd()
    try file.write(contentsOf: Data([0]))
    try file.close()
    let arguments = ["train", "--data", data, "--run", path("run")] + settings
    let ended = try ranks([[Self.binary] + arguments, [other] + arguments])
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertNotNil(
      ended.errors.firstMatch(
        of:
          #/rank 1 on \S+ runs another htnet than rank 0 on \S+ \(SHA-256 [0-9a-f]{12}… and [0-9a-f]{12}…\): install one build on all hosts\n/#
      ), ended.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
  }
}
