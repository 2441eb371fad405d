import Foundation
import Datasets
import TestSupport
import XCTest

/// Tables as people have them: read with their exact numbers, or refused with an exact message.
final class TableFormTests: XCTestCase {
  private static let header = SmallRelease.header
  private static let good = header + "smic,s1,a,0,,,\nsmic,s1,b,1,,,\nsamm,006,a,2,,,\n"

  private func withRelease(_ body: (inout SmallRelease) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      var release = SmallRelease(directory)
      release.landmarksText = nil
      try release.write()
      try body(&release)
    }
  }

  private func write(_ data: Data, _ release: SmallRelease) throws {
    try data.write(to: URL(fileURLWithPath: release.directory + "/" + SmallRelease.labels))
  }

  func testFormsThatAreRead() throws {
    try withRelease { release in
      let expected = try release.load(.whole)
      let path = release.directory + "/" + SmallRelease.labels + ": "
      for (name, text, warnings) in [
        ("CR", Self.good.replacing("\n", with: "\r"), []),
        ("CR LF", Self.good.replacing("\n", with: "\r\n"), []),
        ("CR CR LF", Self.good.replacing("\n", with: "\r\r\n"), []),
        (
          "CR CR LF and a line of separators",
          (Self.header + ",,,,,,\n" + Self.good.dropFirst(Self.header.count)).replacing(
            "\n", with: "\r\r\n"),
          ["1 row without a word in it left out, the first in line 2"]
        ),
        (
          "CR twice", Self.good.replacing("\n", with: "\r\r") + ",,\r",
          ["1 row without a word in it left out, the first in line 9"]
        ),
        (
          "both", Self.header.replacing("\n", with: "\r") + Self.good.dropFirst(Self.header.count),
          []
        ),
        ("semicolons", Self.good.replacing(",", with: ";"), []),
        ("tabs", Self.good.replacing(",", with: "\t"), []),
        (
          "semicolons and a comma in a field",
          Self.good.replacing(",", with: ";").replacing("a;0;;;", with: "a;0;;1,5;"), []
        ),
        (
          "quoted commas in the header", "\"x,y;z\"," + Self.good.replacing("\n", with: "\n,"),
          [
            "1 row without a word in it left out, the first in line 5"
          ]
        ),
        (
          "rows of separators",
          Self.good.replacing("smic,s1,b", with: ",,,,,,\nsmic,s1,b") + ",,,\n , ,\n",
          ["3 rows without a word in it left out, the first in line 3"]
        ),
        (
          "blanks above", "   \n\n" + Self.good,
          ["1 row without a word in it left out, the first in line 1"]
        ),
        (
          "separators above, of any kind", "\n,,\n;\t;\n" + Self.good.replacing(",", with: ";"),
          ["2 rows without a word in it left out, the first in line 2"]
        ),
        ("several marks", "\u{FEFF}\u{FEFF}\u{FEFF}" + Self.good, []),
        (
          "blanks around names",
          Self.good.replacing("smic,s1,b,1", with: "smic ,s1,b, 1").replacing(
            "006,a", with: "\" 006\u{A0}\",a"),
          ["blanks around 3 fields are left out, the first in line 3"]
        ),
        (
          "blanks in the header", Self.good.replacing("sub,", with: " sub ,"),
          ["blanks around 1 field are left out, the first in line 1"]
        ),
      ] as [(String, String, [String])] {
        try write(Data(text.utf8), release)
        let read = try release.load(.whole)
        XCTAssertEqual(read.clips, expected.clips, name)
        XCTAssertEqual(read.pixels, expected.pixels, name)
        XCTAssertEqual(read.warnings, warnings.map { path + $0 }, name)
      }
    }
  }

  func testFormsThatAreRefused() throws {
    let long = String(repeating: "ä", count: 82)
    try withRelease { release in
      func labels(_ label: String) -> String { Self.good.replacing("b,1,", with: "b,\(label),") }
      func clip(_ row: String) -> String { Self.good + row + ",0,,,\n" }
      let texts: [(String, String, String, String)] = [
        ("an empty file", "", "", "is empty"),
        ("blank lines alone", "\n\n", "", "is empty"),
        (
          "a header alone", Self.header, "",
          "has 0 subjects; leaving one out needs at least 2"
        ),
        (
          "separators mixed", Self.good.replacing("apex,imagename", with: "apex;imagename"), ":1",
          "parts its fields in more than one way: write all commas, all semicolons or all tabs"
        ),
        ("sep=", "sep=;\n" + Self.good, ":1", "is a spreadsheet's \"sep=\" line: remove it"),
        (
          "sep= after lines without a word", "\n ,\nsep=;\n" + Self.good, ":3",
          "is a spreadsheet's \"sep=\" line: remove it"
        ),
        ("no word", ",,\n \n", "", "has no word in it"),
        (
          "a column in another case", Self.good.replacing("dataset,sub,", with: "Dataset,Sub,"),
          ":1",
          "has no column \"dataset\"; its columns are Dataset, Sub, filename_o, label, apex, imagename, "
            + "sub_filename; \"Dataset\" is there, and differs only in case"
        ),
        (
          "a mark after blank lines", "\n\u{FEFF}" + Self.good, ":2",
          "has no column \"dataset\"; its columns are \u{FEFF}dataset, sub, filename_o, label, apex, "
            + "imagename, sub_filename; \"\u{FEFF}dataset\" is there, and differs only in invisible "
            + "characters"
        ),
        (
          "a spreadsheet's text", clip("samm, =\"007\",a"), ":5",
          "has a field that begins with =\", as spreadsheets write text: write the text alone, 001 for "
            + "=\"001\""
        ),
        (
          "the same quoted", clip("samm,\"=\"\"007\"\"\",a"), ":5",
          "has a field that begins with =\", as spreadsheets write text: write the text alone, 001 for "
            + "=\"001\""
        ),
        (
          "a column twice", Self.good.replacing("apex", with: "label"), ":1",
          "has the column \"label\" 2 times: dataset, sub, filename_o, label, label, imagename, "
            + "sub_filename"
        ),
        ("a field too many", clip("smic,s1,c,0"), ":5", "has 8 fields, but the header has 7"),
        (
          "a row twice", Self.good + "smic,s1,b,1,,,\n", ":5",
          "the clip s1/b stands in line 3 already"
        ),
        (
          "a row twice but for blanks", Self.good + "smic,s1 , b,1,,,\n", ":5",
          "the clip s1/b stands in line 3 already"
        ),
        ("a fraction", labels("1.0"), ":3", "the label \"1.0\" is not a whole number such as 1"),
        ("a word", labels("happy"), ":3", "the label \"happy\" is not a whole number such as 1"),
        ("nothing", labels(" "), ":3", "the label \"\" is not a whole number such as 1"),
        ("a sign", labels("+1"), ":3", "the label \"+1\" is not a whole number such as 1"),
        ("a zero before", labels("01"), ":3", "the label \"01\" is not a whole number such as 1"),
        ("an exponent", labels("1e0"), ":3", "the label \"1e0\" is not a whole number such as 1"),
        (
          "a huge number", labels("99999999999999999999"), ":3",
          "the label 99999999999999999999 is not in 0 … 2 (model.classes is 3)"
        ),
        (
          "a dataset in another case", clip("SMIC,s2,a"), ":5",
          "the dataset \"SMIC\" is \"smic\" in line 2, which differs only in case: write one name one way, "
            + "and two names apart"
        ),
        (
          "a subject with a blank inside", clip("smic,s 1,a"), ":5",
          "the subject \"s 1\" is \"s1\" in line 2, which differs only in blanks: write one name one way, "
            + "and two names apart"
        ),
        (
          "a subject without its zeros", clip("samm,6,b"), ":5",
          "the subject \"6\" is \"006\" in line 4, which differs only in zeros before a number "
            + "(spreadsheets drop them): write one name one way, and two names apart"
        ),
        (
          "a subject with a zero more, in another case", clip("smic,S01,a"), ":5",
          "the subject \"S01\" is \"s1\" in line 2, which differs only in case and zeros before a "
            + "number (spreadsheets drop them): write one name one way, and two names apart"
        ),
        (
          "a subject in other bytes",
          clip("smic,e\u{301},a,0,,,\nsmic,\u{E9},b"), ":6",
          "the subject \"\u{E9}\" is \"e\u{301}\" in line 5, which differs only in the bytes of a "
            + "letter (Unicode NFC or NFD): write one name one way, and two names apart"
        ),
        (
          "a name that nobody sees", clip("smic\u{200B},s2,a"), ":5",
          "column \"dataset\" holds the invisible character U+200B: remove it"
        ),
        (
          "a name over two lines", clip("smic,\"s\n2\",a"), ":5",
          "column \"sub\" holds the invisible character U+000A: remove it"
        ),
        (
          "two people with one image", clip("samm,s1,a"), ":5",
          "the clip samm/s1/a has the image \"s1_a .png\", and so has smic/s1/a in line 2: give one of "
            + "them another sub or filename_o, and its image the name"
        ),
        (
          "two names with one image", clip("smic,s1_a,b,0,,,\nsmic,s1,a_b"), ":6",
          "the clip smic/s1/a_b has the image \"s1_a_b .png\", and so has smic/s1_a/b in line 5: give "
            + "one of them another sub or filename_o, and its image the name"
        ),
        (
          "an image that no file system holds",
          clip("smic,s2,\(String(repeating: "b", count: 248))"),
          ":5", "its image's name has 256 bytes, and 255 fit: shorten sub or filename_o"
        ),
        (
          "a directory that no file system holds", clip("smic,\(long),a"), ":5",
          "the subject \"\(long)\" needs a directory whose name has 492 bytes (all but a-z, A-Z, 0-9, "
            + "'.', '-' and '_' take three), and 243 fit: shorten it"
        ),
      ]
      for (name, text, place, message) in texts {
        try write(Data(text.utf8), release)
        XCTAssertEqual(
          errorText { try release.load(.whole) },
          "\(release.directory)/\(SmallRelease.labels)\(place): \(message)", name)
      }
      let files: [(String, Data, String, String)] = [
        (
          "UTF-16 with a mark", try XCTUnwrap(Self.good.data(using: .utf16)), "",
          "is UTF-16 text: save it as UTF-8"
        ),
        (
          "UTF-16 without", try XCTUnwrap(Self.good.data(using: .utf16LittleEndian)), ":1",
          "holds a zero byte, as UTF-16 text does: save it as UTF-8"
        ),
        (
          "UTF-32", Data([0xFF, 0xFE, 0, 0]) + [0x64, 0, 0, 0], "",
          "is UTF-32 text: save it as UTF-8"
        ),
        ("gzip", Data([0x1F, 0x8B, 8, 0, 1]), "", "is compressed (gzip): unpack it first"),
        (
          "an old spreadsheet", Data([0xD0, 0xCF, 0x11, 0xE0, 0xA1]), "",
          "is an old spreadsheet (.xls): save it as CSV, in UTF-8"
        ),
        (
          "a zero with a sign",
          try XCTUnwrap(
            clip("smic,s9,a").replacing(
              "smic,s9,a,0", with: "smic,s9,a,-0"
            ).data(using: .utf8)), ":5",
          "the label \"-0\" is not a whole number such as 1"
        ),
        (
          "a spreadsheet", Data([0x50, 0x4B, 3, 4, 20, 0]), "",
          "is a spreadsheet (.xlsx) or another archive: save it as CSV, in UTF-8"
        ),
        (
          "Latin-1", try XCTUnwrap(clip("smic,é,a").data(using: .isoLatin1)), ":5",
          "is not UTF-8 text (the byte 0xE9): save it as UTF-8"
        ),
        (
          "Latin-1 in lines of CR",
          try XCTUnwrap(
            clip("smic,é,a").replacing("\n", with: "\r").data(using: .isoLatin1)), ":5",
          "is not UTF-8 text (the byte 0xE9): save it as UTF-8"
        ),
        (
          "a letter that is cut", Data(Self.good.utf8) + [0xC3], ":5",
          "is not UTF-8 text (the byte 0xC3): save it as UTF-8"
        ),
      ]
      for (name, data, place, message) in files {
        try write(data, release)
        XCTAssertEqual(
          errorText { try release.load(.whole) },
          "\(release.directory)/\(SmallRelease.labels)\(place): \(message)", name)
      }
    }
  }

  /// The longest names that fit are read.
  func testNamesAsLongAsAFileSystemHolds() throws {
    try withRelease { release in
      let subject = String(repeating: "ä", count: 40)
      let name = String(repeating: "b", count: 255 - 80 - 6)
      release.clips.append((subject, name))
      release.labelsText = Self.good + "smic,\(subject),\(name),0,,,\n"
      try release.write()
      XCTAssertEqual(try release.load(.whole).clips.last?.subject, subject)
    }
  }

  func testImagesOfNoRowAreSaid() throws {
    try withRelease { release in
      try write(Data((Self.header + "smic,s1,a,0,,,\nsamm,006,a,2,,,\n").utf8), release)
      XCTAssertEqual(
        try release.load(.whole).warnings,
        [
          release.directory + "/STSNet_whole_norm_u_v_os: 1 of 3 images are of no clip in "
            + "\(SmallRelease.labels), \"s1_b .png\" the first"
        ])
    }
  }
}
