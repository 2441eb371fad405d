import Cluster
import Tasks
import XCTest

/// What the line of progress says, and what it leaves out.
final class ProgressLineTests: XCTestCase {
  private func fold(_ split: String, _ epoch: Int?, _ loss: Double = .nan) -> ProgressLine.Fold {
    .init(TaskKey(split: split), epoch: epoch, of: 60, loss: loss)
  }

  /// Right after a resume an earlier job's speed and a checkpoint's epoch are all that is known.
  func testWhatNobodyKnowsYetIsLeftOut() {
    var line = ProgressLine(unit: "fold", done: 1, of: 3)
    XCTAssertEqual(line.description, "folds 1/3 | ETA after the first step")
    line.left = 65
    line.isByEarlierJob = true
    line.running = [fold("sub03", 17), fold("001", nil)]
    XCTAssertEqual(
      line.description, "folds 1/3 | ETA ~1:05 by the earlier job | sub03 epoch 17/60, 001")
  }

  /// The time that is left counts on groups of which nothing was heard for long.
  func testSilentGroupsAreACondition() {
    var line = ProgressLine(unit: "fold", done: 1, of: 3)
    line.silent = [2]
    XCTAssertEqual(line.description, "folds 1/3 | ETA after the first step")
    line.left = 39
    for (groups, words) in [
      ([2], "if group 2 goes on"), ([0, 2], "if groups 0, 2 go on"),
      (Array(0..<12), "if 12 silent groups go on"),
    ] {
      line.silent = groups
      XCTAssertEqual(line.description, "folds 1/3 | ETA 0:39 \(words)")
    }
  }

  func testAllThatIsKnown() {
    var line = ProgressLine(unit: "training", done: 6, of: 12)
    (line.failed, line.aside, line.left, line.rate) = (1, 2, 3723, 812.4)
    line.running = [fold("sub03", 17, 0.81214), fold("001", 1)]
    XCTAssertEqual(
      line.description,
      "trainings 6/12, 1 failed, 2 set aside | ETA 1:02:03 | 812 samples/s | sub03 epoch 17/60 loss "
        + "0.8121, 001 epoch 1/60")
    line.running = (1...6).map { (number: Int) in fold("s\(number)", number) }
    XCTAssertTrue(
      line.description.hasSuffix(
        " | s1 epoch 1/60, s2 epoch 2/60, s3 epoch 3/60, s4 epoch 4/60 and 2 more"))
  }
}
