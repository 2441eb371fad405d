import Foundation
import Datasets
import TestSupport
import XCTest

final class LandmarksFormTests: XCTestCase {
  func testLandmarksAsPeopleHaveThem() throws {
    try withTemporaryDirectory { directory in
      let release = SmallRelease(directory)
      try release.write()
      let header = SmallRelease.landmarksHeader
      let rest =
        "smic,s1,b,1,9,10,20,11,15,17,10,22,20,22\nsamm,006,a,1,9,10,20,11,15,17,10,22,20,22\n"
      func row(_ number: String) -> String { "smic,s1,a,1,\(number),10,20,11,15,17,10,22,20,22\n" }
      let file = release.directory + "/landmarks.csv"
      func set(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: file)) }
      try set(header + row("15") + rest)
      let expected = try release.load()
      for number in ["15.0", "1.5e1", "+15", "015", "15."] {
        try set(header + row(number) + rest)
        XCTAssertEqual(try release.load(), expected, number)
      }
      try set((header + row("15") + rest).replacing(",", with: ";"))
      XCTAssertEqual(try release.load(), expected)
      for number in ["nan", "inf", "0x10", "", "1e999", "left", "1_000", "1 5"] {
        try set(header + row(number) + rest)
        XCTAssertEqual(
          errorText { try release.load() },
          file + ":2: column \"left_eye_x\" is \"\(number)\", not a number such as 9.5")
      }
      try set((header + row("9,5") + rest).replacing(",", with: ";").replacing("9;5", with: "9,5"))
      XCTAssertEqual(
        errorText { try release.load() },
        file + ":2: column \"left_eye_x\" is \"9,5\", not a number such as 9.5")
      // Whether a face was found is read, and said where it was not.
      try set(header + row("15").replacing("a,1,", with: "a,0,") + rest)
      let missed = try release.load()
      XCTAssertEqual(missed.pixels, expected.pixels)
      XCTAssertEqual(
        missed.warnings,
        [
          file + ": in 1 of 3 clips no face was found (detected is 0): their regions lie around "
            + "points that stand in for it"
        ])
      for text in ["yes", "2", ""] {
        try set(header + row("15").replacing("a,1,", with: "a,\(text),") + rest)
        XCTAssertEqual(
          errorText { try release.load() },
          file + ":2: column \"detected\" is \"\(text)\": 1 says that a face was found, 0 that the "
            + "points stand in for it")
      }
      // Points of the same clip of another dataset are not this clip's.
      try set(header + row("15").replacing("smic", with: "casme2") + rest)
      XCTAssertEqual(
        errorText { try release.load() },
        file + ": has no row for the clip smic/s1/a (line 2 of \(SmallRelease.labels))")
      // A near row is named, and a near column is not passed over.
      try set(header + row("15") + rest.replacing("samm,006", with: "samm,6"))
      XCTAssertEqual(
        errorText { try release.load() },
        file + ": has no row for the clip samm/006/a (line 4 of \(SmallRelease.labels)); "
          + "\"samm/6/a\" is in line 4, and differs only in zeros before a number (spreadsheets drop "
          + "them)")
      try set(header.replacing("dataset", with: "Dataset") + row("15") + rest)
      XCTAssertEqual(
        errorText { try release.load() },
        file + ":1: has no column \"dataset\"; its columns are "
          + header.dropLast().replacing("dataset", with: "Dataset").replacing(",", with: ", ")
          + "; \"Dataset\" is there, and differs only in case")
      // Without the column the subject and the clip's name tell.
      let plain = (header + row("15") + rest).split(separator: "\n").map {
        $0.drop { $0 != "," }.dropFirst() + "\n"
      }.joined()
      try set(plain)
      XCTAssertEqual(try release.load(), expected)
      try set(
        header + row(" 15 ") + rest + rest.replacing("006", with: "6").replacing("s1", with: "1"))
      XCTAssertEqual(
        try release.load().warnings,
        [
          file + ": blanks around 1 field are left out, the first in line 2",
          file + ": 2 of 5 rows are of no clip in \(SmallRelease.labels), the first in line 5",
        ])
      var configuration = DataConfiguration()
      configuration.path = release.directory
      configuration.regions = .whole
      let whole = try Dataset.load(configuration, .published)
      // Not even read: no such file is there.
      configuration.landmarks = "none.csv"
      XCTAssertEqual(try Dataset.load(configuration, .published), whole)
      XCTAssertEqual(whole.warnings, [])
    }
  }
}
