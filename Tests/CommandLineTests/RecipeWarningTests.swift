import XCTest

/// What is legal and makes scores mean less is said before training.
final class RecipeWarningTests: CommandLineTestCase {
  private func train(_ run: String, _ settings: [String]) throws -> Ended {
    let small = [
      "model.dim=6", "model.block_repeats=1,1,1", "training.epochs=3", "training.batch_size=16",
    ]
    let ended = try htnet(
      ["train", "--data", path("data"), "--run", path(run)]
        + (small + settings).flatMap { ["--set", $0] })
    assertSuccess(ended)
    return ended
  }

  func testAnAverageThatIsMostlyItsStart() throws {
    _ = try synthesize()
    let long = try train("long", ["training.ema=0.99", "folds.include=sub01"])
    XCTAssertTrue(
      long.errors.contains(
        // 0.99^3; 0.05^(1/3) is 0.368, and ln 0.05 / ln 0.99 is 298.1.
        "htnet: warning: training.ema: the average begins at the initial weights, and with the decay 0.99 "
          + "these are still 97 % of what is scored at the end of the smallest training; choose a decay of at "
          + "most 0.36, or at least 299 epochs\n"), long.errors)
    let study = try train(
      "study", ["study={training.ema: [0.99, 0.3], model.dim: [6, 8]}", "folds.include=sub01"])
    XCTAssertTrue(
      study.errors.contains(
        "or at least 299 epochs (2 settings: ema=0.99,dim=6, ema=0.99,dim=8)\n"), study.errors)
    XCTAssertEqual(study.errors.components(separatedBy: "training.ema: the").count, 2)
    let short = try train("short", ["training.ema=0.3", "folds.include=sub01"])
    XCTAssertFalse(short.errors.contains("training.ema"), short.errors)
  }

  /// Two of a dataset's subjects take turns where one is held out: the third split is the first again.
  func testInnerSplitsThatRepeat() throws {
    _ = try synthesize()
    func train(_ splits: Int) throws -> Ended {
      try self.train(
        "splits-\(splits)", ["evaluation.protocols=nested", "evaluation.nested.splits=\(splits)"])
    }
    XCTAssertTrue(
      try train(3).errors.contains(
        "evaluation.nested: 5 of 15 inner splits, in 5 of 5 folds, hold out the same subjects as an "
          + "earlier one of their fold, so that fewer subjects choose the epoch; lower "
          + "evaluation.nested.splits\n"))
    XCTAssertFalse(try train(2).errors.contains("hold out the same"))
  }
}
