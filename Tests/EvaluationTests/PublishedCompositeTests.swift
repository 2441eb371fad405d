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

  /// Every figure has one for each part, and none is the paper's, which looks at test labels.
  func testFiguresOfOthers() {
    let parts = Set(PublishedComposite.figures.keys)
    XCTAssertEqual(parts, Set(["full"] + PublishedComposite.datasets.keys))
    for figure in PublishedComposite.honestFigures {
      XCTAssertEqual(Set(figure.uf1.keys), parts, figure.network)
    }
    XCTAssertEqual(PublishedComposite.honestFigures.map { $0.uf1["samm"] }, [0.662, 0.605])
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
