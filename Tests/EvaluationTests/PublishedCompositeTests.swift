import Evaluation
import XCTest

/// A label has a name only where it is known what it means.
final class PublishedCompositeTests: XCTestCase {
  func testTheComposites() {
    let names = ["negative", "positive", "surprise"]
    for datasets in [["smic", "casme2", "samm"], ["SAMM"], ["Smic", "smic"]] {
      XCTAssertEqual(PublishedComposite.classNames(3, datasets: Set(datasets)), names)
    }
  }

  func testOthersHaveNumbers() {
    for datasets in [["mine"], ["smic", "mine"]] {
      XCTAssertEqual(
        PublishedComposite.classNames(3, datasets: Set(datasets)),
        ["class 0", "class 1", "class 2"])
    }
    XCTAssertEqual(PublishedComposite.classNames(2, datasets: ["smic"]), ["class 0", "class 1"])
  }
}
