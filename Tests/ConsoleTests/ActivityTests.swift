import Console
import XCTest

final class ActivityTests: XCTestCase {
  func testAnActivityNamesFoldEpochAndStep() {
    XCTAssertEqual("\(Activity(task: "fold sub03"))", "fold sub03")
    XCTAssertEqual(
      "\(Activity(task: "fold sub03", step: (epoch: 3, number: 12)))",
      "fold sub03, epoch 3, step 12")
  }
}
