import Foundation
import Datasets
import TestSupport
import XCTest

final class SyntheticDatasetTests: XCTestCase {
  private func load(_ directory: String) throws -> Dataset {
    var configuration = DataConfiguration()
    configuration.path = directory
    return try Dataset.load(configuration, .published)
  }

  func testTheSameSeedGivesTheSameDataOfThreeUnevenClasses() throws {
    try withTemporaryDirectory { directory in
      for (name, seed) in [("a", 1), ("b", 1), ("c", 2)] as [(String, UInt64)] {
        let count = try SyntheticDataset(subjects: 12, clips: 6, seed: seed).write(
          to: directory + "/" + name)
        XCTAssertEqual(try load(directory + "/" + name).clips.count, count)
      }
      let composite = try load(directory + "/a")
      XCTAssertEqual(try load(directory + "/b"), composite)
      // As a reader it yields what its files say.
      XCTAssertEqual(
        try Dataset(
          SyntheticDataset(subjects: 12, clips: 6, seed: 1), regions: .published,
          shape: .published), composite)
      XCTAssertNotEqual(try load(directory + "/c").pixels, composite.pixels)
      XCTAssertEqual(composite.persons.count, 12)
      XCTAssertEqual(Set(composite.clips.map(\.dataset)), ["smic", "casme2", "samm"])
      let classes = (0..<3).map { c in composite.clips.count { $0.label == c } }
      XCTAssertGreaterThan(classes.min()!, 3)
      XCTAssertGreaterThan(classes[0], classes[1])
      XCTAssertGreaterThan(classes[0], classes[2])
      let sizes = composite.persons.map { person in
        composite.clips.count { $0.person == person }
      }
      XCTAssertGreaterThan(Set(sizes).count, 1)
      // Each channel spans all bytes, and no two clips are alike.
      XCTAssertEqual(
        Set(composite.clips.indices.map { composite.image($0) }).count,
        composite.clips.count)
      XCTAssertEqual(composite.warnings, [])
      XCTAssertEqual(try names(in: directory), ["a", "b", "c"])
    }
  }

  func testImpossibleNumbersAndFullDirectoriesAreRefused() throws {
    XCTAssertEqual(
      errorText { try SyntheticDataset(subjects: 1) }, "--subjects: 1 is not in 2 … 4096")
    XCTAssertEqual(
      errorText { try SyntheticDataset(clips: 1) }, "--clips: 1 is not in 2 … 1024")
    try withTemporaryDirectory { directory in
      try Data().write(to: URL(fileURLWithPath: directory + "/file"))
      XCTAssertEqual(
        errorText { try SyntheticDataset(subjects: 2, clips: 2).write(to: directory) },
        directory + ": is not empty; name another directory with --output")
      XCTAssertEqual(
        errorText { try SyntheticDataset(subjects: 2, clips: 2).write(to: directory + "/file") },
        directory + "/file: is a file; name a directory with --output")
      XCTAssertEqual(try names(in: directory), ["file"])
    }
  }

  func testSerializationComesBackAndNoticesEveryCut() throws {
    let clips = [
      Clip(dataset: "smic", subject: "s\u{1F600}", name: "a \"b\"", label: 2),
      Clip(dataset: "samm", subject: "006", name: "c", label: 0),
    ]
    let composite = Dataset(
      clips: clips, side: 2, pixels: (0..<24).map { UInt8($0 * 10) }, warnings: ["w\n"])
    let bytes = try composite.serialized()
    XCTAssertEqual(try Dataset(serialized: bytes), composite)
    for count in 0..<bytes.count {
      XCTAssertNotNil(
        errorText { try Dataset(serialized: Array(bytes[..<count])) }, "\(count) bytes")
    }
    XCTAssertNotNil(errorText { try Dataset(serialized: bytes + [0]) })
    let wide = Dataset(
      clips: clips, classNames: ["a", "b, c", "d"], channels: 2, side: 1,
      pixels: .bits16([0, 257, 258, 65535]))
    let wideBytes = try wide.serialized()
    XCTAssertEqual(try Dataset(serialized: wideBytes), wide)
    XCTAssertNotNil(errorText { try Dataset(serialized: wideBytes.dropLast()) })
    XCTAssertEqual(wide.image(0), [0, 1])
    XCTAssertEqual(wide.image(1), [258 / 257, 255])
    for side in ["-2", "9223372036854775807"] {
      let header = Array(
        ("{\"clips\":[],\"classNames\":[],\"channels\":3,\"bits\":8,\"side\":\(side),\"warnings\":[]}")
          .utf8)
      let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
      XCTAssertNotNil(errorText { try Dataset(serialized: length + header) }, side)
    }
  }

  func testTheDigestSeesEverythingThatTrainingDependsOn() {
    let clip = Clip(dataset: "d", subject: "s", name: "n", label: 0)
    func digest(_ clip: Clip, _ pixel: UInt8 = 0, warnings: [String] = []) -> String {
      Dataset(
        clips: [clip], side: 1, pixels: [pixel, 0, 0], warnings: warnings
      ).digest
    }
    let all = [
      digest(clip), digest(clip, 1),
      digest(Clip(dataset: "e", subject: "s", name: "n", label: 0)),
      digest(Clip(dataset: "d", subject: "t", name: "n", label: 0)),
      digest(Clip(dataset: "d", subject: "s", name: "m", label: 0)),
      digest(Clip(dataset: "d", subject: "s", name: "n", label: 1)),
      digest(Clip(dataset: "ds", subject: "", name: "n", label: 0)),
    ]
    XCTAssertEqual(Set(all).count, all.count)
    XCTAssertEqual(digest(clip, warnings: ["w"]), digest(clip))
    // As bytes all three are the same.
    func shaped(_ channels: Int, _ side: Int, _ pixels: Pixels) -> String {
      Dataset(
        clips: [clip], classNames: ["c"], channels: channels, side: side, pixels: pixels
      ).digest
    }
    let shapes = [
      shaped(1, 2, .bits8([1, 0, 2, 0])), shaped(4, 1, .bits8([1, 0, 2, 0])),
      shaped(2, 1, .bits16([1, 2])),
    ]
    XCTAssertEqual(Set(shapes).count, 3)
  }
}
