import Foundation
import Datasets
import TestSupport
import XCTest
import Safetensors

/// The composition of regions against the published rules, written anew for one pixel at a time.
final class RegionTests: XCTestCase {
  /// Pixel (row, column) of channel (blue, green, red) of a composed input.
  ///
  /// - Parameter points: x and y of left eye, right eye, left and right mouth corner.
  private func expected(
    _ layout: Regions, rgb: [UInt8], side: Int, points: [(Double, Double)], channel: Int,
    row: Int, column: Int
  ) -> UInt8 {
    func pixel(_ row: Int, _ column: Int) -> UInt8 {
      // Blue, green and red, in this order.
      rgb[(row * side + column) * 3 + [2, 1, 0][channel]]
    }
    if layout == .whole { return pixel(row, column) }
    let half = side / 2
    let point = points[(row < half ? 0 : 2) + (column < half ? 0 : 1)]
    func start(_ coordinate: Double) -> Int {
      let low = Double(side) / 4
      return Int(min(max(coordinate, low), Double(side) - low).rounded(.towardZero)) - half / 2
    }
    let (x, y) = (start(point.0), start(point.1))
    let (top, left) = layout == .published ? (x, y) : (y, x)
    return pixel(top + row % half, left + column % half)
  }

  private func check(
    _ composite: Dataset, _ layout: Regions, _ release: SmallRelease,
    _ points: [[(Double, Double)]], side: Int
  ) {
    for clip in points.indices {
      let rgb = release.rgb(clip, side: side)
      let image = composite.image(clip).map { UInt8($0) }
      for channel in 0..<3 {
        for row in 0..<side {
          for column in 0..<side {
            XCTAssertEqual(
              image[(channel * side + row) * side + column],
              expected(
                layout, rgb: rgb, side: side, points: points[clip], channel: channel, row: row,
                column: column),
              "\(layout), clip \(clip), channel \(channel), row \(row), column \(column)")
          }
        }
      }
    }
  }

  func testCropsFollowTheRules() throws {
    try withTemporaryDirectory { directory in
      let release = SmallRelease(directory)
      try release.write()
      let points: [[(Double, Double)]] = [
        [(9, 10), (20, 11), (10, 22), (20, 22)], [(-4.9, 7.99), (21.99, 30), (13.5, 6.9), (21, 7)],
        [(8, 9), (20, 10), (12, 13), (14.2, 15.9)],
      ]
      for layout in Regions.allCases {
        let composite = try release.load(layout)
        XCTAssertEqual(
          composite.warnings,
          layout == .whole ? [] : [SmallRelease.outside(1, of: 3, directory + "/landmarks.csv")])
        XCTAssertEqual(composite.clips.map(\.label), [0, 1, 2])
        XCTAssertEqual(composite.clips.map(\.dataset), ["smic", "smic", "samm"])
        check(composite, layout, release, points, side: 28)
      }
    }
  }

  /// Every corner would be the same one.
  func testPointsAsFractionsAreTold() throws {
    try withTemporaryDirectory { directory in
      var release = SmallRelease(directory)
      release.landmarksText = SmallRelease.landmarksHeader
      for clip in ["smic,s1,a", "smic,s1,b", "samm,006,a"] {
        release.landmarksText? += clip + ",1,0.3,0.4,0.7,0.4,0.5,0.6,0.3,0.8,0.7,0.8\n"
      }
      try release.write()
      XCTAssertEqual(
        try release.load().warnings,
        [
          directory
            + "/landmarks.csv: all points lie within one pixel, so every clip's regions are the "
            + "same corner: are they fractions of the image's side? They must be pixels, 0 … 28"
        ])
    }
  }

  func testPointsOfAnotherImageAreTold() throws {
    try withTemporaryDirectory { directory in
      var release = SmallRelease(directory)
      release.landmarksText = release.landmarksText?.replacing(",15,17,", with: ",60,68,")
      try release.write()
      XCTAssertEqual(
        try release.load().warnings,
        [
          SmallRelease.outside(3, of: 3, directory + "/landmarks.csv")
        ])
    }
  }

  func testWithoutALandmarksFileTheDefaultPointsStandInWithAWarning() throws {
    try withTemporaryDirectory { directory in
      var release = SmallRelease(directory)
      release.landmarksText = nil
      try release.write()
      let defaults = [
        (9.5281, 11.0626), (21.3962, 10.9198), (10.2554, 22.1212), (20.5837, 22.2558),
      ]
      for layout in [Regions.published, .corrected] {
        let composite = try release.load(layout)
        XCTAssertEqual(
          composite.warnings,
          [
            directory + "/landmarks.csv: there is no landmarks file; every clip gets the published "
              + "default points"
          ])
        check(composite, layout, release, Array(repeating: defaults, count: 3), side: 28)
      }
      XCTAssertEqual(try release.load(.whole).warnings, [])
      // A file that was asked for must be there.
      var configuration = DataConfiguration()
      configuration.path = directory
      configuration.landmarks = "other.csv"
      XCTAssertEqual(
        errorText { try Dataset.load(configuration, .published) }?.hasPrefix(
          directory + "/other.csv: there is no such file"), true)
    }
  }

  /// Made-up data whose crops another program computed (`scripts/crop-fixtures.py`).
  func testCropsAreThoseOfTheRecipe() throws {
    let fixture = try XCTUnwrap(Bundle.module.resourcePath) + "/Fixtures/crops"
    let crops = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture + "/crops.bin")))
    var configuration = DataConfiguration()
    configuration.path = fixture
    let size = 4 * 3 * 28 * 28
    XCTAssertEqual(crops.count, 3 * size)
    for (index, layout) in [Regions.published, .corrected, .whole].enumerated() {
      configuration.regions = layout
      let composite = try Dataset.load(configuration, .published)
      XCTAssertTrue(
        composite.bytes.elementsEqual(crops[index * size..<(index + 1) * size]), "\(layout)")
      XCTAssertEqual(composite.clips.map(\.label), [1, 0, 2, 0])
      XCTAssertEqual(
        composite.warnings,
        layout == .whole ? [] : [SmallRelease.outside(1, of: 4, fixture + "/landmarks.csv")])
    }
  }

  /// The crops of the real release.
  func testTheReleasesCropsAreThePublishedOnes() throws {
    guard let release = RealData.path("htnet-release"),
      let golden = RealData.path("golden/htnet-release-crops.safetensors")
    else {
      throw XCTSkip(
        RealData.isMissing("htnet-release", "golden/htnet-release-crops.safetensors"))
    }
    let file = try SafetensorsFile(path: golden)
    let crops = try file.tensor("crops")
    var configuration = DataConfiguration()
    configuration.path = release
    let composite = try Dataset.load(configuration, .published)
    XCTAssertEqual([composite.clips.count, 3, composite.side, composite.side], crops.shape)
    XCTAssertEqual(Data(composite.bytes), crops.bytes)
    XCTAssertEqual(composite.clips.map(\.label), try file.integers("labels"))
    XCTAssertEqual(composite.persons.count, 68)
    XCTAssertEqual((0..<3).map { c in composite.clips.count { $0.label == c } }, [250, 109, 83])
    XCTAssertEqual(composite.classNames, ["negative", "positive", "surprise"])
    XCTAssertEqual(
      composite.warnings,
      [
        release + "/landmarks.csv: in 172 of 442 clips no face was found (detected is 0): their "
          + "regions lie around points that stand in for it",
        SmallRelease.outside(37, of: 442, release + "/landmarks.csv"),
      ])
    let folds = try Splits(composite).folds
    XCTAssertEqual(folds.flatMap(\.testClips).sorted(), Array(0..<442))
    for layout in [Regions.corrected, .whole] {
      configuration.regions = layout
      XCTAssertNotEqual(
        try Dataset.load(configuration, .published).pixels, composite.pixels)
    }
  }
}
