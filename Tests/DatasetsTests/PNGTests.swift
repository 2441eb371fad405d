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
            errorText { try samples.releasePlanes(path: path) },
            path
              + ": has 16 bits a sample, and the model takes numbers from 0 to 255: scale it to 8 "
              + "bits a sample", file.name)
        } else {
          XCTAssertEqual(
            try samples.releasePlanes(path: path),
            [2, 1, 0].flatMap { channel in
              stride(from: channel, to: expected.count, by: 3).map {
                expected[$0] * (wide ? 1 : 257)
              }
            }, file.name)
        }
      }
    }
  }

  /// What libpng would go on with after a warning that nobody sees.
  func testDamageIsRefused() throws {
    let side = 4
    let rgb = (0..<3 * side * side).map(UInt8.init)
    let colors = (0..<12).map { UInt8(20 * $0) }
    func indices(last: UInt8) -> [UInt8] { Array(repeating: 3, count: side * side - 1) + [last] }
    func encode(
      _ samples: [UInt8], channels: Int = 3, palette: [UInt8]? = nil, surplus: [UInt8] = [],
      transparent: [UInt8]? = nil, isLate: Bool = false, damaged: String? = nil,
      extra: [(name: String, data: [UInt8])] = []
    ) -> Data {
      PlainPNG.encode(
        width: side, height: side, rgb: samples, channels: channels, palette: palette,
        surplus: surplus, transparent: transparent, isLate: isLate, damaged: damaged, extra: extra)
    }
    let cut = "is a damaged or cut PNG: "
    let header = "is not a readable PNG: "
    let profile = (name: "iCCP", data: Array("x\0\0nonsense".utf8))
    let files: [(name: String, data: Data, reason: String?)] = [
      ("good", encode(rgb), nil),
      ("a good palette", encode(indices(last: 0), channels: 1, palette: colors), nil),
      (
        "an index past the palette", encode(indices(last: 4), channels: 1, palette: colors),
        cut + "a pixel has the colour 4 of its palette, which ends with 3"
      ),
      ("a surplus byte", encode(rgb, surplus: [0]), cut + "IDAT: Too much image data"),
      (
        "a surplus image",
        encode(rgb, surplus: [UInt8](repeating: 0, count: 3 * side * side + side)),
        cut + "IDAT: Too much image data"
      ),
      (
        "transparency of a wrong checksum",
        encode(rgb, transparent: [0, 0, 0, 1, 0, 2], damaged: "tRNS"), header + "tRNS: CRC error"
      ),
      (
        "transparency of a wrong length", encode(rgb, transparent: [0, 0, 0, 1]),
        header + "tRNS: invalid"
      ),
      (
        "transparency after the image",
        encode(rgb, transparent: [0, 0, 0, 1, 0, 2], isLate: true), cut + "tRNS: out of place"
      ),
      // No sample depends on it, but the file is not what was written.
      (
        "a profile of a wrong checksum", encode(rgb, damaged: "iCCP", extra: [profile]),
        header + "iCCP: CRC error"
      ),
      ("a profile that is none", encode(rgb, extra: [profile]), nil),
    ]
    try withTemporaryDirectory { directory in
      let path = directory + "/image.png"
      for file in files {
        try file.data.write(to: URL(fileURLWithPath: path))
        XCTAssertEqual(
          errorText { try PNGSamples(path: path) }, file.reason.map { path + ": " + $0 }, file.name)
      }
      try encode(indices(last: 0), channels: 1, palette: colors).write(
        to: URL(fileURLWithPath: path))
      XCTAssertEqual(
        try PNGSamples(path: path).values,
        Array([[UInt16]](repeating: [180, 200, 220], count: 15).joined()) + [0, 20, 40])
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
            + ": is grey, as 1 of 3 images are: strain and flow are the same numbers there",
          release.path("s1", "b")
            + ": its transparency is left out and its colours taken as they stand, as in 2 of 3 images",
        ])
      XCTAssertEqual(composite.image(0), (grey + grey + grey).map(Float.init))
      for clip in 1...2 {
        let rgb = release.rgb(clip)
        let planes: [[UInt8]] = [2, 1, 0].map { channel in
          (0..<784).map { rgb[3 * $0 + channel] }
        }
        XCTAssertEqual(composite.image(clip), planes.joined().map(Float.init))
      }
    }
  }
}
