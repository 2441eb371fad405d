import Foundation
import Datasets
import TestSupport
import XCTest

/// Flow maps are numbers: the samples are those that stand in the file.
final class PNGTests: XCTestCase {
  /// What `scripts/png-fixtures.py` writes.
  private struct Fixtures: Decodable {
    struct File: Decodable {
      let name: String
      let samples: String
      let grey: Bool
      let transparent: Bool
      let png: Data
    }

    let width: Int
    let height: Int
    /// (red, green, blue) of every pixel, as two other decoders read them.
    let samples: [String: [UInt16]]
    let files: [File]
  }

  private func fixtures() throws -> Fixtures {
    let path = try XCTUnwrap(Bundle.module.resourcePath) + "/Fixtures/png.json"
    return try JSONDecoder().decode(
      Fixtures.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  private func colors(_ samples: PNGSamples) -> [UInt16] {
    stride(from: 0, to: samples.values.count, by: samples.channels).flatMap { pixel in
      (0..<3).map { samples.values[pixel + (samples.isGrey ? 0 : $0)] }
    }
  }

  func testEveryKindGivesTheSamplesOfTheFile() throws {
    let fixtures = try fixtures()
    XCTAssertEqual(fixtures.files.count, 262)
    XCTAssertEqual(Set(fixtures.files.map(\.name)).count, fixtures.files.count)
    try withTemporaryDirectory { directory in
      let path = directory + "/image.png"
      for file in fixtures.files {
        try file.png.write(to: URL(fileURLWithPath: path))
        let expected = try XCTUnwrap(fixtures.samples[file.samples])
        let samples = try PNGSamples(path: path)
        XCTAssertEqual([samples.width, samples.height], [fixtures.width, fixtures.height])
        XCTAssertEqual(colors(samples), expected, file.name)
        XCTAssertEqual(samples.isGrey, file.grey, file.name)
        XCTAssertEqual(samples.isTransparent, file.transparent, file.name)
        let wide = file.samples.contains("-16")
        XCTAssertEqual(samples.bits, wide ? 16 : 8, file.name)
        if wide && !file.samples.hasSuffix("-wide") {
          XCTAssertEqual(
            errorText { try PNGImage(samples, path: path) },
            path
              + ": has 16 bits a sample, and the model takes numbers from 0 to 255: scale it to 8 "
              + "bits a sample", file.name)
        } else {
          XCTAssertEqual(
            try PNGImage(samples, path: path).pixels.map(UInt16.init),
            expected.map { $0 / (wide ? 257 : 1) }, file.name)
        }
      }
    }
  }

  func testWhatIsLeftOutOrRepeatedIsSaidOnce() throws {
    try withTemporaryDirectory { directory in
      let release = SmallRelease(directory)
      try release.write()
      let grey = Array(release.rgb(0)[..<784])
      func withAlpha(_ clip: Int, _ alpha: UInt8) -> [UInt8] {
        let rgb = release.rgb(clip)
        return (0..<784).flatMap { (pixel: Int) -> [UInt8] in
          rgb[3 * pixel..<3 * pixel + 3] + [alpha]
        }
      }
      let files: [(subject: String, name: String, channels: Int, samples: [UInt8])] = [
        ("s1", "a", 1, grey), ("s1", "b", 4, withAlpha(1, 128)), ("006", "a", 4, withAlpha(2, 0)),
      ]
      for file in files {
        try PlainPNG.encode(width: 28, height: 28, rgb: file.samples, channels: file.channels)
          .write(
            to: URL(fileURLWithPath: release.path(file.subject, file.name)))
      }
      let composite = try release.load(.whole)
      XCTAssertEqual(
        composite.warnings,
        [
          release.path("s1", "a")
            + ": is grey, as 1 of 3 images are: u, v and strain are the same numbers there",
          release.path("s1", "b")
            + ": its transparency is left out and its colours taken as they stand, as in 2 of 3 images",
        ])
      XCTAssertEqual(Array(composite.image(0)), grey + grey + grey)
      for clip in 1...2 {
        let rgb = release.rgb(clip)
        let planes: [[UInt8]] = [2, 1, 0].map { channel in
          (0..<784).map { rgb[3 * $0 + channel] }
        }
        XCTAssertEqual(Array(composite.image(clip)), Array(planes.joined()))
      }
    }
  }
}
