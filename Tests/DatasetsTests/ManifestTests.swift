import Datasets
import Foundation
import TestSupport
import XCTest

/// Tables of the user's own that can be read.
final class ManifestTests: XCTestCase {
  func testSevenClassesOfOneChannelKeepTheir16Bits() throws {
    try withTemporaryDirectory { directory in
      let manifest = try SmallManifest(directory)
      try manifest.write()
      let dataset = try manifest.load()
      XCTAssertEqual(dataset.warnings, [])
      XCTAssertEqual(dataset.classNames, SmallManifest.classNames)
      XCTAssertEqual(dataset.clips.map(\.label), Array(0..<7) + Array(0..<7))
      XCTAssertEqual(dataset.clips.map(\.name).last, "006-surprise")
      XCTAssertEqual(
        dataset.summary,
        "14 clips of 2 subjects (mine 2): anger 2, disgust 2, fear 2, happy 2, others 2, sad 2, surprise 2"
      )
      XCTAssertEqual(dataset.channels, 1)
      for clip in dataset.clips.indices {
        XCTAssertEqual(dataset.image(clip), manifest.samples(clip).map { Float($0) / 257 })
      }
      XCTAssertEqual(try Dataset(serialized: dataset.serialized()), dataset)
      var numbered = manifest
      for (label, name) in SmallManifest.classNames.enumerated() {
        numbered.text = numbered.text.replacing(",\(name),", with: ",\(label),")
      }
      numbered.configuration.path = manifest.table
      try numbered.writeTable()
      XCTAssertEqual(try numbered.load(), dataset)
      numbered.configuration.classNames = []
      XCTAssertEqual(try numbered.load().classNames, (0..<7).map { "class \($0)" })
      XCTAssertEqual(try numbered.load().digest, dataset.digest)
    }
  }

  func testOneToFourChannelsOf8And16Bits() throws {
    // Of a file with so many channels, the places of the model's.
    let planes = [1: [0], 2: [0, 1], 3: [2, 1, 0], 4: [2, 1, 0, 3]]
    for (channels, order) in planes {
      for bits in [8, 16] {
        try withTemporaryDirectory { directory in
          var manifest = try SmallManifest(directory)
          (manifest.channels, manifest.bits) = (channels, bits)
          try manifest.write()
          let dataset = try manifest.load()
          XCTAssertEqual(dataset.warnings, [])
          XCTAssertEqual(dataset.pixels.bits, bits)
          let samples = manifest.samples(5)
          let expected: [Float] = order.flatMap { channel in
            stride(from: channel, to: samples.count, by: channels).map {
              Float(samples[$0]) / (bits == 8 ? 1 : 257)
            }
          }
          XCTAssertEqual(dataset.image(5), expected, "\(channels) channels of \(bits) bits")
        }
      }
    }
  }

  /// Images of 8 and 16 bits may stand side by side.
  func testMixedDepths() throws {
    try withTemporaryDirectory { directory in
      var manifest = try SmallManifest(directory)
      try manifest.write()
      manifest.bits = 8
      try manifest.writeImage(3, to: "maps/001/happy.png")
      XCTAssertEqual(try manifest.load().image(3), manifest.samples(3).map { Float($0) })
      manifest.bits = 16
      XCTAssertEqual(try manifest.load().image(4), manifest.samples(4).map { Float($0) / 257 })
    }
  }

  /// The release's own images and points, listed in a manifest, are the same data.
  func testAManifestOfTheReleasesFilesIsTheRelease() throws {
    try withTemporaryDirectory { directory in
      let release = SmallRelease(directory)
      try release.write()
      let points = try XCTUnwrap(release.landmarksText).split(separator: "\n").dropFirst().map {
        $0.split(separator: ",").dropFirst(3).joined(separator: ",")
      }
      var text =
        "dataset,subject,clip,label,image,detected,left_eye_x,left_eye_y,right_eye_x,right_eye_y,"
        + "nose_x,nose_y,mouth_left_x,mouth_left_y,mouth_right_x,mouth_right_y\n"
      for (index, start) in ["smic,s1,a,0", "smic,s1,b,1", "samm,006,a,2"].enumerated() {
        let clip = release.clips[index]
        text += "\(start),STSNet_whole_norm_u_v_os/\(clip.0)_\(clip.1) .png,\(points[index])\n"
      }
      try Data(text.utf8).write(to: URL(fileURLWithPath: directory + "/manifest.csv"))
      for regions in Regions.allCases {
        let expected = try release.load(regions)
        var configuration = DataConfiguration()
        configuration.path = directory
        configuration.format = .manifest
        configuration.regions = regions
        let read = try Dataset.load(configuration, .published)
        XCTAssertEqual(read.clips, expected.clips)
        XCTAssertEqual(read.pixels, expected.pixels)
        XCTAssertEqual(read.digest, expected.digest)
        XCTAssertEqual(read.classNames, ["class 0", "class 1", "class 2"])
        XCTAssertEqual(
          read.warnings,
          regions == .whole
            ? [directory + "/manifest.csv: its landmarks are not read, as data.regions is whole"]
            : [SmallRelease.outside(1, of: 3, directory + "/manifest.csv")])
      }
    }
  }

  /// What is there and not read, or not where it seems to be, is said once.
  func testWhatIsNotReadIsSaid() throws {
    try withTemporaryDirectory { directory in
      var manifest = try SmallManifest(directory)
      try manifest.write()
      let text = manifest.text
      func add(_ header: String, _ field: String) throws {
        let lines = text.split(separator: "\n")
        manifest.text =
          "\(lines[0]),\(header)\n" + lines.dropFirst().map { "\($0),\(field)\n" }.joined()
        try manifest.writeTable()
      }
      try add("coder", "x")
      XCTAssertEqual(
        try manifest.load().warnings, [manifest.table + ": 1 column is not read: coder"])
      try add("nose_x,nose_y,note", "3,4,")
      XCTAssertEqual(
        try manifest.load().warnings,
        [
          manifest.table + ": its landmarks are not read, as data.regions is whole",
          manifest.table + ": 1 column is not read: note",
        ])
      manifest.text = text
      try manifest.writeTable()
      // Images behind a link that leads elsewhere, and behind one that does not.
      let maps = manifest.directory + "/maps"
      try FileManager.default.moveItem(atPath: maps + "/001", toPath: directory + "/001")
      try FileManager.default.createSymbolicLink(
        atPath: maps + "/001", withDestinationPath: directory + "/001")
      XCTAssertEqual(
        try manifest.load().warnings,
        [
          maps
            + "/001/anger.png: is a link out of the manifest's directory, as 7 of 14 images are: they "
            + "are read from there"
        ])
      try FileManager.default.moveItem(atPath: directory + "/001", toPath: maps + "/other")
      try FileManager.default.removeItem(atPath: maps + "/001")
      try FileManager.default.createSymbolicLink(
        atPath: maps + "/001", withDestinationPath: "other")
      XCTAssertEqual(try manifest.load().warnings, [])
    }
  }

  /// The form of the authors' table of CAS(ME)³: other names, photographs, no dataset.
  func testATableWithOtherColumnsAndWithoutDatasets() throws {
    try withTemporaryDirectory { directory in
      var manifest = try SmallManifest(directory)
      manifest.text =
        "Subject,Filename,Onset,Apex,emotion,label_for_7,frame_apex\n"
        + "p.1,b,166,175,disgust,4,p.1/b/175.jpg\np.1,h,181,185,surprise,2,p.1/h/185.JPG\n"
        + "p.10,a,116,121,disgust,4,p.10/a/121.jpeg\n"
      try manifest.writeTable()
      let images = ["p.1/b/175", "p.1/h/185", "p.10/a/121"]
      for (index, image) in images.enumerated() {
        try manifest.writeImage(index, to: image + ".png")
      }
      XCTAssertEqual(
        errorText { try manifest.load() },
        manifest.table
          + ":1: has no column \"image\"; its columns are Subject, Filename, Onset, Apex, "
          + "emotion, label_for_7, frame_apex; data.columns=[image=NAME] says which one it is")
      manifest.configuration.columns = ["image=frame_apex", "label=emotion", "subject=Subject"]
      let warnings = [
        ": 3 of 3 rows name a photograph, \"p.1/b/175.jpg\" the first: the map is read from the .png "
          + "of the same name",
        ": 4 columns are not read: Filename, Onset, Apex, label_for_7",
      ].map { manifest.table + $0 }
      let dataset = try manifest.load()
      XCTAssertEqual(
        dataset.clips,
        zip(images, [("p.1", 1), ("p.1", 6), ("p.10", 1)]).map {
          Clip(dataset: "faces", subject: $1.0, name: $0 + ".png", label: $1.1)
        })
      let named =
        manifest.table
        + ": has no column \"dataset\": all clips are of \"faces\", as its directory is "
        + "called; data.dataset gives another name"
      XCTAssertEqual(dataset.warnings, [named] + warnings)
      manifest.configuration.dataset = "casme3"
      let other = try manifest.load()
      XCTAssertEqual(other.warnings, warnings)
      XCTAssertEqual(Set(other.clips.map(\.dataset)), ["casme3"])
    }
  }

  func testTablesAsPeopleHaveThem() throws {
    try withTemporaryDirectory { directory in
      var manifest = try SmallManifest(directory)
      try manifest.write()
      let expected = try manifest.load()
      let plain = manifest.text
      let quoted = plain.split(separator: "\n").map { row in
        row.split(separator: ",").map { "\"\($0)\"" }.joined(separator: "\t") + "\n"
      }
      let forms: [(name: String, text: String, warnings: [String])] = [
        ("a mark, CR LF", "\u{FEFF}" + plain.replacing("\n", with: "\r\n") + "\r\n\r\n", []),
        ("semicolons", plain.replacing(",", with: ";"), []),
        ("tabs and quotes", quoted.joined(), []),
        ("./ and //", plain.replacing("maps/", with: "./maps//"), []),
        (
          "blanks", plain.replacing(",anger,", with: ", anger ,"),
          ["blanks around 2 fields are left out, the first in line 2"]
        ),
      ]
      for form in forms {
        manifest.text = form.text
        try manifest.writeTable()
        let read = try manifest.load()
        XCTAssertEqual(read.clips, expected.clips, form.name)
        XCTAssertEqual(read.pixels, expected.pixels, form.name)
        XCTAssertEqual(
          read.warnings, form.warnings.map { "\(manifest.table): \($0)" }, form.name)
      }
    }
  }
}
