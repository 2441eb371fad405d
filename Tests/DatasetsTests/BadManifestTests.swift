import Datasets
import Foundation
import TestSupport
import XCTest

/// Tables of the user's own that cannot be read: what is said of each.
final class BadManifestTests: XCTestCase {
  private func withManifest(_ body: (inout SmallManifest) throws -> Void) throws {
    try withTemporaryDirectory { directory in
      var manifest = try SmallManifest(directory)
      try manifest.write()
      try body(&manifest)
    }
  }

  func testAPhotographWithoutItsMap() throws {
    try withManifest { manifest in
      let image = manifest.directory + "/maps/001/anger"
      try FileManager.default.moveItem(atPath: image + ".png", toPath: image + ".jpg")
      XCTAssertEqual(
        errorText { try manifest.load() },
        "\(image).png: there is no such file, which line 2 of manifest.csv needs (1 of 14 images are "
          + "missing); maps/001/anger.jpg is there, a photograph: its flow map is the .png of the same "
          + "name, as scripts/prepare makes it")
    }
  }

  func testRowsThatAreRefused() throws {
    try withManifest { manifest in
      let good = manifest.text
      let image = "maps/001/anger.png"
      let rows: [(name: String, text: String, place: String, message: String)] = [
        (
          "an unknown class", good.replacing("anger,001", with: "Suprise,001"), ":2",
          "the label \"Suprise\" is none of data.class_names: anger, disgust, fear, happy, others, "
            + "sad, surprise; did you mean \"surprise\"?"
        ),
        (
          "a class of one letter", good.replacing("anger,001", with: "x,001"), ":2",
          "the label \"x\" is none of data.class_names: anger, disgust, fear, happy, others, sad, surprise"
        ),
        (
          "a class in another case", good.replacing("sad,006", with: "Sad,006"), ":14",
          "the label \"Sad\" is none of data.class_names: anger, disgust, fear, happy, others, sad, "
            + "surprise; \"sad\" is there, and differs only in case"
        ),
        (
          "a number among names", good.replacing("sad,006", with: "5,006"), ":14",
          "the label \"5\" is a number, and that in line 2 a name: write all one way"
        ),
        (
          "a path out of the directory", good.replacing(image, with: "maps/../../x.png"), ":2",
          "the image \"maps/../../x.png\" may leave the manifest's directory: write it without .."
        ),
        (
          "an absolute path", good.replacing(image, with: "/tmp/x.png"), ":2",
          "the image \"/tmp/x.png\" is an absolute path: write it from the manifest's directory on"
        ),
        (
          "no path", good.replacing(image, with: ""), ":2",
          "column \"image\" is \"\", which names no file"
        ),
        (
          "an image twice", good.replacing("maps/006/sad", with: "maps/./001/sad"), ":14",
          "the image \"maps/001/sad.png\" stands in line 7 already"
        ),
        (
          "a clip twice", good.replacing("006-sad", with: "006-happy"), ":14",
          "the clip mine/006/006-happy stands in line 12 already"
        ),
        (
          "a subject without its zeros", good.replacing("sad,006", with: "sad,6"), ":14",
          "the subject \"6\" is \"006\" in line 9, which differs only in zeros before a number "
            + "(spreadsheets drop them): write one name one way, and two names apart"
        ),
        (
          "one subject", good.replacing(",001,", with: ",006,"), "",
          "has 1 subject; leaving one out needs at least 2"
        ),
        (
          "no clip's name", good.replacing("001-anger", with: ""), ":2",
          "column \"clip\" is \"\": it must not be empty"
        ),
        (
          "a column in another case", good.replacing("label,", with: "Label,"), ":1",
          "has no column \"label\"; its columns are image, Label, subject, dataset, clip; \"Label\" is "
            + "there, and differs only in case; data.columns=[label=NAME] says which one it is"
        ),
      ]
      for row in rows {
        manifest.text = row.text
        try manifest.writeTable()
        XCTAssertEqual(
          errorText { try manifest.load() }, "\(manifest.table)\(row.place): \(row.message)",
          row.name)
      }
    }
  }

  func testLabelsWithoutNamesOrOutOfRange() throws {
    try withManifest { manifest in
      manifest.configuration.classNames = []
      let good = manifest.text
      for (label, message) in [
        (
          "anger",
          "the label \"anger\" is a name: give the names of all classes in the order of the classes "
            + "with data.class_names; the table has anger, disgust, fear, happy, others, sad, surprise"
        ),
        ("01", "the label \"01\" is not a whole number such as 1"),
        ("7", "the label 7 is not in 0 … 6 (model.classes is 7)"),
      ] {
        manifest.text = good.replacing("anger,001", with: label + ",001")
        try manifest.writeTable()
        XCTAssertEqual(errorText { try manifest.load() }, "\(manifest.table):2: \(message)")
      }
      // Where classes are called by numbers, a number is a name.
      manifest.configuration.classNames = ["7", "1"]
      manifest.text = SmallManifest.header + "a.png,1,s,d,x\nb.png,7,t,d,y\n"
      try manifest.write()
      XCTAssertEqual(try manifest.load(classes: 2).clips.map(\.label), [1, 0])
    }
  }

  func testImagesThatAreRefused() throws {
    try withManifest { manifest in
      let path = manifest.directory + "/maps/006/fear.png"
      let side = manifest.side
      func write(side: Int, channels: Int) throws {
        try PlainPNG.encode(
          width: side, height: side, rgb: Array(repeating: 9, count: side * side * channels),
          channels: channels
        ).write(to: URL(fileURLWithPath: path))
      }
      try write(side: 6, channels: 1)
      XCTAssertEqual(
        errorText { try manifest.load() },
        path + ": is 6 × 6 pixels, but maps/001/anger.png is 4 × 4, as model.image_size says")
      for (channels, kind) in [
        (2, "2 channels (grey and alpha)"), (3, "3 channels (red, green and blue)"),
        (4, "4 channels (red, green, blue and alpha)"),
      ] {
        try write(side: side, channels: channels)
        XCTAssertEqual(
          errorText { try manifest.load() }, path + ": has \(kind), but model.channels is 1")
      }
      try FileManager.default.removeItem(atPath: path)
      XCTAssertEqual(
        errorText { try manifest.load() },
        path + ": there is no such file, which line 11 of manifest.csv needs (1 of 14 images are "
          + "missing)")
      try write(side: side, channels: 1)
      manifest.side = 28
      XCTAssertEqual(
        errorText { try manifest.load() },
        manifest.directory + "/maps/001/anger.png: is 4 × 4 pixels, but model.image_size is 28")
    }
  }

  /// What a spreadsheet makes of a path is never guessed.
  func testAMissingImageHasTheNearestName() throws {
    try withManifest { manifest in
      let good = manifest.text
      for (path, hint) in [
        (
          "maps/6/fear",
          "; \"006\" is in \(manifest.directory)/maps, and differs only in zeros before a number "
            + "(spreadsheets drop them)"
        ),
        (
          "maps/006/Fear",
          "; \"fear.png\" is in \(manifest.directory)/maps/006, and differs only in case"
        ),
        ("maps\\006\\fear", "; directories of a path are parted by /"),
      ] {
        manifest.text = good.replacing("maps/006/fear", with: path)
        try manifest.writeTable()
        XCTAssertEqual(
          errorText { try manifest.load() },
          "\(manifest.directory)/\(path).png: there is no such file, which line 11 of manifest.csv "
            + "needs (1 of 14 images are missing)\(hint)")
      }
    }
  }

  func testColumnsAndFilesThatAreNotThere() throws {
    try withManifest { manifest in
      let columns =
        "left_eye_x, left_eye_y, right_eye_x, right_eye_y, nose_x, nose_y, mouth_left_x, "
        + "mouth_left_y, mouth_right_x, mouth_right_y"
      manifest.configuration.regions = .corrected
      XCTAssertEqual(
        errorText { try manifest.load() },
        manifest.table
          + ": has no column \"left_eye_x\", and data.regions corrected needs landmarks: "
          + "give the columns \(columns), or set data.regions=whole")
      manifest.configuration.regions = .whole
      manifest.configuration.dataset = "other"
      XCTAssertEqual(
        errorText { try manifest.load() },
        manifest.table
          + ": has a column \"dataset\", and data.dataset is set too: leave one of them out")
      try FileManager.default.removeItem(atPath: manifest.table)
      XCTAssertEqual(
        errorText { try manifest.load() },
        manifest.table
          + ": there is no such file; data.format manifest needs a table with the columns "
          + "image, label, subject")
      manifest.configuration.path = manifest.table
      XCTAssertEqual(
        errorText { try manifest.load() },
        manifest.table
          + ": is not there: name a manifest, or the directory of a manifest.csv, with --data")
    }
  }
}
