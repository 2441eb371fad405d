import XCTest

/// A run of the folds `sub01`, `001` and perhaps more: the first is finished and has kept its
/// weights, the second was stopped in the middle and has checkpoints, no other has begun.
struct StoppedRun {
  let path: String
  /// Of the folds that `train` may go on with.
  let command: [String]
  static let epochs = 500

  /// - Parameters:
  ///   - name: The run directory's name in the test's own directory.
  ///   - others: Subjects of further folds.
  init(_ test: CommandLineTestCase, _ name: String = "run", others: [String] = []) throws {
    path = test.path(name)
    command =
      [
        "train", "--data", try test.synthesize(name + "-data"), "--run", path,
      ]
      + [
        "model.dim=6", "model.block_repeats=1,1,1", "training.batch_size=8",
        "training.epochs=\(Self.epochs)", "training.threads_per_rank=1",
        "training.keep_weights=true", "checkpoint.every_seconds=0",
        "folds.include=\((["sub01", "001"] + others).joined(separator: ","))",
      ].flatMap { ["--set", $0] }
    let child = try test.startHtnet(command)
    let files = RunFiles(path)
    let manifest = files.manifestPath("001")
    try child.waitUntil("a checkpoint of the second fold of") {
      FileManager.default.fileExists(atPath: manifest)
    }
    child.signal(SIGUSR1)
    XCTAssertEqual(try child.wait(), 75, child.errors)
    XCTAssertEqual(try files.subjects("fold-finished"), ["sub01"])
  }
}
