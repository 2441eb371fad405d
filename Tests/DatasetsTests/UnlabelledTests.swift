import Datasets
import TestSupport
import XCTest

/// Clips that nobody trains on need no label and no second subject.
final class UnlabelledTests: XCTestCase {
  func testAReleaseOfOneSubject() throws {
    try withTemporaryDirectory { directory in
      var release = SmallRelease(directory)
      try release.write()
      let labelled = try release.load()
      let unread = try release.load(isForTraining: false)
      XCTAssertEqual(unread.pixels, labelled.pixels)
      XCTAssertEqual(unread.images, labelled.images)
      XCTAssertEqual(unread.clips.map(\.label), [0, 0, 0])
      let table = directory + "/" + SmallRelease.labels
      XCTAssertEqual(
        unread.warnings,
        ["\(table): its column \"label\" is not read: predictions need none"] + labelled.warnings)

      release.labelsText = "dataset,sub,filename_o\nsmic,s1,a\nsmic,s1,b\n"
      try release.writeTables()
      XCTAssertEqual(
        errorText { try release.load() },
        "\(table):1: has no column \"label\"; its columns are dataset, sub, filename_o")
      let alone = try release.load(isForTraining: false)
      XCTAssertEqual(alone.clips.map(\.name), ["a", "b"])
      XCTAssertFalse(alone.warnings.contains { $0.contains("label") }, "\(alone.warnings)")

      release.labelsText = "dataset,sub,filename_o\n"
      try release.writeTables()
      XCTAssertEqual(errorText { try release.load(isForTraining: false) }, "\(table): has no clip")
    }
  }

  func testAManifestWithoutLabels() throws {
    try withTemporaryDirectory { directory in
      var manifest = try SmallManifest(directory)
      try manifest.write()
      let labelled = try manifest.load()
      let unread = try manifest.load(isForTraining: false)
      XCTAssertEqual(unread.pixels, labelled.pixels)
      XCTAssertEqual(Set(unread.clips.map(\.label)), [0])
      XCTAssertTrue(
        unread.warnings.contains("\(manifest.table): 1 column is not read: label"),
        "\(unread.warnings)")
      manifest.text = "image,subject,dataset\nmaps/001/anger.png,001,mine\n"
      try manifest.writeTable()
      XCTAssertNotNil(errorText { try manifest.load() })
      XCTAssertEqual(
        try manifest.load(isForTraining: false).clips,
        [Clip(dataset: "mine", subject: "001", name: "maps/001/anger.png", label: 0)])
    }
  }
}
