import XCTest

/// Attention over one token does not depend on the number of heads, and the program says so.
final class HeadsTests: CommandLineTestCase {
  private func train(_ data: String, _ run: String, _ settings: [String]) throws -> Ended {
    let model = ["model.dim=6", "model.block_repeats=1,1,1"]
    let ended = try htnet(
      ["train", "--data", data, "--run", path(run)]
        + (model + ["training.batch_size=8", "training.epochs=3", "folds.include=sub01"] + settings)
        .flatMap { ["--set", $0] })
    assertSuccess(ended)
    return ended
  }

  func testHeadsThatDivideDimTrainTheSameBits() throws {
    let data = try synthesize()
    var results: Set<Data> = []
    for heads in [1, 2, 3, 6] {
      let ended = try train(data, "heads-\(heads)", ["model.heads=\(heads)"])
      XCTAssertTrue(
        ended.errors.contains(
          "htnet: note: --set model.heads=\(heads): each block holds one token, so attention does not depend "
            + "on the number of heads, but for its width: model.dim rounded down to a multiple of "
            + "model.heads (here all 6)\n"), ended.errors)
      results.insert(try XCTUnwrap(RunFiles(path("heads-\(heads)")).results["sub01"]))
    }
    XCTAssertEqual(results.count, 1)
    let unset = try train(data, "unset", [])
    XCTAssertFalse(unset.errors.contains("heads"), unset.errors)
    XCTAssertEqual(RunFiles(path("unset")).results["sub01"], results.first)

    // Dropout drops a head's whole value, so there heads matter, and nothing is said.
    var dropped: Set<Data> = []
    for heads in [1, 3] {
      let ended = try train(data, "drop-\(heads)", ["model.heads=\(heads)", "model.dropout=0.5"])
      XCTAssertFalse(ended.errors.contains("does not depend"), ended.errors)
      dropped.insert(try XCTUnwrap(RunFiles(path("drop-\(heads)")).results["sub01"]))
    }
    XCTAssertEqual(dropped.count, 2)
  }
}
