import Foundation
import Datasets
import TestSupport
import XCTest

/// Tables and images as people and disks spoil them.
final class ReleaseReaderTests: XCTestCase {
  private func withRelease(_ body: (inout SmallRelease) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      var release = SmallRelease(directory)
      try release.write()
      try body(&release)
    }
  }

  func testTablesOfAnyLegalFormReadTheSame() throws {
    try withRelease { release in
      let expected = try release.load()
      let plain = release.labelsText
      let forms = [
        plain.replacing("\n", with: "\r\n"), "\u{FEFF}" + plain, String(plain.dropLast()),
        "\u{FEFF}" + String(plain.replacing("\n", with: "\r\n").dropLast()), plain + "\n\n",
        plain.replacing("smic,s1,a", with: "\"smic\",\"s1\",\"a\""),
        plain.replacing("s1_a.jpg", with: "\"a, \"\"quoted\"\" name\nover two lines\""),
        plain.replacing("s1_a.jpg", with: "\"\""),
        plain.replacing("006_a.jpg,\n", with: "\"x\",\"y\""),
        // Columns are found by name.
        "label,x,filename_o,dataset,sub\n0,,a,smic,s1\n1,,b,smic,s1\n2,,a,samm,006",
      ]
      for form in forms {
        release.labelsText = form
        try release.writeTables()
        XCTAssertEqual(try release.load(), expected, form)
      }
    }
  }

  func testNamesWithSeparatorsAreRead() throws {
    try withTemporaryDirectory { directory in
      var release = SmallRelease(directory)
      release.clips = [("s,1", "a \"b\""), ("006", "a")]
      release.labelsText = SmallRelease.header + "smic,\"s,1\",\"a \"\"b\"\"\",0,,,\nx,006,a,1,,,\n"
      release.landmarksText = nil
      try release.write()
      let composite = try release.load()
      XCTAssertEqual(composite.clips.map(\.subject), ["s,1", "006"])
      XCTAssertEqual(composite.clips[0].name, "a \"b\"")
    }
  }

  func testErrorsOfTheLabelsNameFileAndLine() throws {
    try withRelease { release in
      let header = SmallRelease.header
      let good = "smic,s1,a,0,,,\nsamm,006,a,2,,,\n"
      let cases = [
        ("", nil, "is empty"),
        (header, nil, "has 0 subjects"),
        (header + "smic,s1,a,0,,,\nsmic,s1,b,1,,,\n", nil, "has 1 subject;"),
        (header.replacing("label", with: "class") + good, 1, "has no column \"label\""),
        (header.replacing("sub,", with: "subj,") + good, 1, "has no column \"sub\""),
        (header + good + "smic,s1,b\n", 4, "has 3 fields, but the header has 7"),
        (header + good + "smic,s1,b,0,,,,\n", 4, "has 8 fields"),
        (header + good + "smic,s1,b,3,,,\n", 4, "the label 3 is not in 0 … 2"),
        (header + good + "smic,s1,b,-1,,,\n", 4, "the label -1 is not in"),
        (header + good + "smic,s1,b,one,,,\n", 4, "the label \"one\" is not a whole number"),
        (header + good + "smic,s1,b,1.0,,,\n", 4, "\"1.0\" is not a whole number"),
        (header + good + "smic,s1,a,1,,,\n", 4, "the clip s1/a stands in line 2 already"),
        (header + good + "smic,,b,1,,,\n", 4, "column \"sub\" is \"\""),
        (header + good + "smic,../x,b,1,,,\n", 4, "column \"sub\" is \"../x\""),
        (header + good + "smic,/\u{301}x,b,1,,,\n", 4, "column \"sub\" is"),
        (header + good + "smic,s\0,b,1,,,\n", 4, "holds a zero byte"),
        (header + good + "smic,s1,b\"c,1,,,\n", 4, "a quotation mark inside a field"),
        (header + good + "smic,s1,\"b\"c,1,,,\n", 4, "a quotation mark inside a field"),
        (header + good + "smic,s1,\"b,1,,,\nx\n", 4, "a quoted field without an end"),
        // A field over two lines moves what follows.
        (header + "smic,s1,a,0,\"\n\n\",,\nsamm,006,a,9,,,\n", 5, "the label 9"),
      ]
      for (text, line, reason) in cases {
        release.labelsText = text
        try release.writeTables()
        let place =
          release.directory + "/" + SmallRelease.labels + (line.map { ":\($0)" } ?? "") + ": "
        let error = errorText { try release.load() }
        XCTAssertTrue(
          error?.hasPrefix(place) == true && error?.contains(reason) == true,
          "\(error ?? "accepted") instead of: \(place)\(reason)")
      }
      try Data([0x64, 0xFF, 0x0A]).write(
        to: URL(fileURLWithPath: release.directory + "/" + SmallRelease.labels))
      XCTAssertEqual(
        errorText { try release.load() },
        release.directory + "/" + SmallRelease.labels
          + ":1: is not UTF-8 text (the byte 0xFF): save it as UTF-8")
      XCTAssertEqual(
        errorText { try SmallRelease(release.directory + "/none").load() },
        release.directory + "/none: is no directory: name the release's directory with --data")
    }
  }

  func testErrorsOfTheLandmarksNameFileAndLine() throws {
    try withRelease { release in
      let header = SmallRelease.landmarksHeader
      let row = "smic,s1,a,1,9,10,20,11,15,17,10,22,20,22\n"
      for (text, place, reason) in [
        (header.replacing("nose_x", with: "nose") + row, ":1", "has no column \"nose_x\""),
        (header + row.replacing(",17,", with: ",x,"), ":2", "column \"nose_y\" is \"x\""),
        (header + row.replacing(",17,", with: ",nan,"), ":2", "column \"nose_y\" is \"nan\""),
        (header + row + row, ":3", "has the clip smic/s1/a a second time, after line 2"),
        (header + row, "", "has no row for the clip smic/s1/b (line 3 of"),
      ] {
        release.landmarksText = text
        try release.writeTables()
        let error = errorText { try release.load() }
        XCTAssertTrue(
          error?.hasPrefix("\(release.directory)/landmarks.csv\(place): \(reason)") == true,
          "\(error ?? "accepted") instead of: \(reason)")
        XCTAssertNil(errorText { try release.load(.whole) })
      }
    }
  }

  func testImagesThatAreMissingOrOfAnotherSizeAreNamed() throws {
    try withRelease { release in
      XCTAssertEqual(
        errorText { try release.load(side: 32) },
        release.path("s1", "a") + ": is 28 × 28 pixels, but model.image_size is 32")
      XCTAssertNotNil(errorText { try release.load(side: 30) })
      XCTAssertEqual(
        errorText { try release.load(classes: 2) }?.contains("the label 2 is not in 0 … 1"), true)
      for clip in [("s1", "b"), ("006", "a")] {
        try FileManager.default.removeItem(atPath: release.path(clip.0, clip.1))
      }
      XCTAssertEqual(
        errorText { try release.load() },
        release.path("s1", "b") + ": there is no such file, which line 3 of \(SmallRelease.labels) "
          + "needs (2 of 3 images are missing; the names have a space before .png)")
    }
  }

  func testACutImageIsAnErrorThatNamesIt() throws {
    try withRelease { release in
      let path = release.path("s1", "b")
      let expected = try release.load(.whole)
      let whole = try XCTUnwrap(FileManager.default.contents(atPath: path))
      // Before the end mark, which holds nothing, every cut must be noticed.
      for count in Array(stride(from: 0, to: whole.count - 12, by: 37)) + [whole.count - 13] {
        try whole.prefix(count).write(to: URL(fileURLWithPath: path))
        let error = errorText { try release.load(.whole) }
        XCTAssertTrue(error?.hasPrefix(path + ": is ") == true, "\(count): \(error ?? "accepted")")
      }
      for count in whole.count - 12...whole.count {
        try whole.prefix(count).write(to: URL(fileURLWithPath: path))
        if errorText({ try release.load(.whole) }) == nil {
          XCTAssertEqual(try release.load(.whole), expected)
        }
      }
      for missing in [1, 84, 85, 2000] {
        try PlainPNG.encode(width: 28, height: 28, rgb: release.rgb(1), missingBytes: missing)
          .write(to: URL(fileURLWithPath: path))
        let error = errorText { try release.load(.whole) }
        XCTAssertTrue(
          error?.hasPrefix(path + ": is ") == true, "\(missing) missing: \(error ?? "accepted")")
      }
    }
  }

  func testAnImageWithFlippedBitsIsAnErrorOrTheSameImage() throws {
    try withRelease { release in
      let path = release.path("s1", "b")
      let expected = try release.load(.whole)
      let whole = try XCTUnwrap(FileManager.default.contents(atPath: path))
      var random = SeededGenerator(seed: 27)
      var refused = 0
      for round in 0..<600 {
        var damaged = whole
        let place =
          round < 60 ? round : Int.random(in: 0..<damaged.count, using: &random)
        damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        try damaged.write(to: URL(fileURLWithPath: path))
        do {
          let composite = try release.load(.whole)
          XCTAssertEqual(composite, expected, "byte \(place)")
        } catch {
          XCTAssertTrue("\(error)".hasPrefix(path + ": is "), "\(error)")
          refused += 1
        }
      }
      XCTAssertGreaterThan(refused, 500)
      try Data("not a png".utf8).write(to: URL(fileURLWithPath: path))
      XCTAssertEqual(
        errorText { try release.load() }?.hasPrefix(path + ": is not a readable PNG: "), true)
    }
  }
}
