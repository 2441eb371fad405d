import Job
import XCTest

/// A request as the arguments that ask for it.
final class TrainRequestTests: XCTestCase {
  func testAValueThatBeginsWithAHyphenIsNoOption() {
    XCTAssertEqual(
      TrainRequest(
        configuration: "-a.yaml", data: "-data", run: "-run", overrides: ["training.epochs=2"]
      ).arguments,
      ["train", "--run=-run", "--config=-a.yaml", "--data=-data", "--set", "training.epochs=2"])
    XCTAssertEqual(
      TrainRequest(configuration: "a-b.yaml", data: nil, run: "runs/-a", overrides: []).arguments,
      ["train", "--run", "runs/-a", "--config", "a-b.yaml"])
  }
}
