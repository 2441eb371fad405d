import Foundation
import Datasets
import TestSupport
import XCTest

/// Names that nearly are others.
final class NearNamesTests: XCTestCase {
  private func withRelease(_ body: (inout SmallRelease) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      var release = SmallRelease(directory)
      release.landmarksText = nil
      try release.write()
      try body(&release)
    }
  }

  /// Zeros are a number's first digits, never all of it.
  func testNamesThatAreNotNear() throws {
    try withRelease { release in
      for subject in ["s", "s0", "s10", "1s", "60", "0"] {
        release.clips.append((subject, "a"))
        release.labelsText += "smic,\(subject),a,0,,,\n"
      }
      // Another dataset's subject is another person.
      release.clips.append(("01s", "a"))
      release.labelsText += "samm,01s,a,0,,,\n"
      try release.write()
      XCTAssertEqual(
        try release.load(.whole).summary,
        "10 clips of 9 subjects (samm 2, smic 7): negative 8, positive 1, surprise 1")
    }
  }

  /// One face under two names would be trained on and tested.
  func testOneNameWrittenInTwoWaysIsRefused() throws {
    for (other, words) in [
      ("6", "zeros before a number"), ("006.0", "a decimal point"),
      ("6.0", "a decimal point"), ("\u{FF10}\u{FF10}\u{FF16}", "full width"),
      ("00\u{FE0F}6", "the invisible character U+FE0F"),
      ("006\u{3164}", "the invisible character U+3164"),
      ("006\u{34F}", "the invisible character U+034F"),
    ] {
      try withRelease { release in
        release.labelsText = SmallRelease.header + "samm,006,a,0,,,\nsamm,\(other),b,1,,,\n"
        try release.writeTables()
        let text = errorText { try release.load(.whole) } ?? "accepted"
        XCTAssertTrue(text.contains(":3: ") && text.contains(words), text)
      }
    }
  }

  func testAClassWithoutClipsIsTold() throws {
    try withRelease { release in
      XCTAssertEqual(try release.load(.whole).classWarnings, [])
      release.labelsText = release.labelsText.replacing(",2,,006", with: ",0,,006")
      try release.writeTables()
      XCTAssertEqual(
        try release.load(.whole).classWarnings,
        ["no clip is of the class \"surprise\": it can be learnt from nothing, and has no score"])
    }
  }

  func testMissingImagesHaveAHint() throws {
    try withRelease { release in
      func missing(_ row: String, _ image: String, _ hint: String) throws {
        release.labelsText =
          SmallRelease.header + "smic,s1,a,0,,,\n" + row + ",0,,,\nsamm,006,a,0,,,\n"
        try release.writeTables()
        XCTAssertEqual(
          errorText { try release.load(.whole) },
          "\(release.directory)/STSNet_whole_norm_u_v_os/\(image): there is no such file, which line 3 "
            + "of \(SmallRelease.labels) needs (1 of 3 images are missing; the names have a space "
            + "before .png)\(hint)")
      }
      try missing(
        "smic,6,a", "6_a .png",
        "; \"006_a .png\" is there, and differs only in zeros before a number (spreadsheets drop them)"
      )
      try missing("samm,60,a", "60_a .png", "")
      try missing(
        "smic,s1,B", "s1_B .png", "; \"s1_b .png\" is there, and differs only in case")
      try PlainPNG.encode(width: 28, height: 28, rgb: release.rgb(0)).write(
        to: URL(fileURLWithPath: release.path("e\u{301}", "a")))
      try missing(
        "smic,\u{E9},a", "\u{E9}_a .png",
        "; \"e\u{301}_a .png\" is there, and differs only in the bytes of a letter (Unicode NFC or NFD)"
      )
    }
  }
}
