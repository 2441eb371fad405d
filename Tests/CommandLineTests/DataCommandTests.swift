import Foundation
import TestSupport
import XCTest

/// Looking at a data set before it is trained on.
final class DataCommandTests: CommandLineTestCase {
  private var labels: String { path("data/combined_3_class2_for_optical_flow.csv") }

  private func edit(_ change: (inout [[String]]) -> Void) throws {
    var rows = try String(contentsOfFile: labels, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    change(&rows)
    try (rows.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n").write(
      toFile: labels, atomically: true, encoding: .utf8)
  }

  private func image(_ subject: String, _ clip: String) -> String {
    path("data/STSNet_whole_norm_u_v_os/\(subject)_\(clip) .png")
  }

  func testCheckCountsAndNamesWhatIsOdd() throws {
    _ = try synthesize(subjects: 4, clips: 3)
    // A clip's image is another subject's, another stands twice for its subject.
    for (from, to) in [(("sub01", "clip1"), ("001", "clip1")), (("s1", "clip1"), ("s1", "clip2"))] {
      try FileManager.default.removeItem(atPath: image(to.0, to.1))
      try FileManager.default.copyItem(atPath: image(from.0, from.1), toPath: image(to.0, to.1))
    }
    // One subject's clips are all of class 1.
    try edit { rows in
      for row in rows.indices where rows[row][1] == "sub02" { rows[row][3] = "1" }
    }
    let ended = try htnet([
      "data", "check", "--data", path("data"), "--set", "data.regions=whole",
    ])
    assertSuccess(ended)
    let rows = RunFiles.table(try XCTUnwrap(FileManager.default.contents(atPath: labels))).rows
    func count(_ test: ([String]) -> Bool) -> Int { rows.count(where: test) }
    let lines = ended.output.split(separator: "\n").map(String.init)
    let all = lines.first { $0.hasPrefix("all ") }?.split(separator: " ").compactMap { Int($0) }
    XCTAssertEqual(
      all, [4, rows.count] + (0..<3).map { label in count { $0[3] == "\(label)" } })
    for name in ["casme2", "samm", "smic"] {
      let mine = lines.first { $0.hasPrefix(name + " ") }?.split(separator: " ").compactMap {
        Int($0)
      }
      XCTAssertEqual(mine?[1], count { $0[0] == name }, ended.output)
    }
    for line in [
      "This is not the paper's composite, so no figures of the paper stand beside its report.",
      "casme2 has 2 subjects and \((0..<3).map { label in "\(count { $0[0] == "casme2" && $0[3] == "\(label)" })" }.joined(separator: ", ")) clips by class; the composite's CASME II has 24 and 88, 32, 25",
      "the same image for several subjects: 1 of \(rows.count) clips (training may see a test image): "
        + "casme2/sub01/clip1 = samm/001/clip1",
      "the same image twice for a subject: 1 of \(rows.count) clips: smic/s1/clip1 = smic/s1/clip2",
      "subject names in several datasets: none",
      "regions: whole, so nothing is cut and landmarks are not used",
    ] {
      XCTAssertTrue(lines.contains(line), line + "\n" + ended.output)
    }
    XCTAssertTrue(
      lines.contains {
        $0.hasPrefix("subjects with clips of one class alone:") && $0.contains("casme2/sub02")
      },
      ended.output)

    // Training on these data says it too, and so does the report.
    let settings = [
      "data.regions=whole", "model.dim=6", "model.block_repeats=[1, 1, 1]", "training.epochs=1",
      "folds.include=[sub01]",
    ]
    let trained = try htnet(
      ["train", "--data", path("data"), "--run", path("run")] + settings.flatMap { ["--set", $0] })
    assertSuccess(trained)
    let warning =
      "2 clips have the image of another subject's clip (casme2/sub01/clip1 = samm/001/clip1), so a fold may"
    XCTAssertTrue(trained.errors.contains(warning), trained.errors)
    XCTAssertTrue(try htnet(["report", path("run")]).errors.contains(warning))

    let full = try htnet(["data", "check", "--data", path("data"), "--all"])
    assertSuccess(full)
    XCTAssertNotNil(
      full.output.firstMatch(of: /\nsmic\/s1 +\d+ +\d+ +\d+ +\d+\n/), full.output)
    let json = try htnet([
      "data", "check", "--data", path("data"), "--set", "data.regions=corrected", "--json",
    ])
    assertSuccess(json)
    let object = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    XCTAssertEqual(object["clips"] as? Int, rows.count)
    XCTAssertEqual(
      object["duplicates_across_subjects"] as? [[String]],
      [["casme2/sub01/clip1", "samm/001/clip1"]])
    XCTAssertEqual(object["duplicates"] as? [[String]], [["smic/s1/clip1", "smic/s1/clip2"]])
    XCTAssertEqual(object["is_published_composite"] as? Bool, false)
    XCTAssertEqual((object["subjects"] as? [Any])?.count, 4)
    XCTAssertNotNil(object["regions_moved_most_pixels"] as? Double)
  }

  /// What scaling sees is the composed input, which may be the same everywhere though the map is not.
  func testCheckNamesChannelsThatAreConstantInTheInput() throws {
    _ = try synthesize(subjects: 4, clips: 3)
    // Red is one number in the quarter that all four regions are cut from, and others are beside it.
    let rgb = (0..<28 * 28 * 3).map { place -> UInt8 in
      let (row, column) = (place / 3 / 28, place / 3 % 28)
      return place % 3 == 0 && row < 14 && column < 14 ? 90 : UInt8(place * 31 % 251)
    }
    try PlainPNG.encode(width: 28, height: 28, rgb: rgb).write(
      to: URL(fileURLWithPath: image("sub01", "clip1")))
    let file = path("data/landmarks.csv")
    var rows = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\n")
    let line = try XCTUnwrap(rows.firstIndex { $0.hasPrefix("casme2,sub01,clip1,") })
    rows[line] = "casme2,sub01,clip1,1" + String(repeating: ",7", count: 10)
    try rows.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    for (regions, constant) in [("corrected", ["casme2/sub01/clip1"]), ("whole", [])]
      as [(String, [String])]
    {
      let arguments = ["data", "check", "--data", path("data"), "--set", "data.regions=\(regions)"]
      let json = try htnet(arguments + ["--json"])
      assertSuccess(json)
      let object = try XCTUnwrap(
        JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      // Blue comes first.
      XCTAssertEqual(object["constant_channels"] as? [[String]], [[], [], constant], regions)
      XCTAssertEqual(
        try htnet(arguments).output.contains(
          "\none number everywhere in channel 2 of the input: 1 of "), !constant.isEmpty, regions)
    }
  }

  func testCheckSeesEyesThatChangedSides() throws {
    _ = try synthesize(subjects: 4, clips: 3)
    let arguments = ["data", "check", "--data", path("data"), "--set", "data.regions=corrected"]
    XCTAssertFalse(try htnet(arguments).output.contains("left eye"))
    let file = path("data/landmarks.csv")
    let text = try String(contentsOfFile: file, encoding: .utf8)
    XCTAssertTrue(text.contains("left_eye_x"))
    try text.replacing("left_eye_x", with: "other").replacing("right_eye_x", with: "left_eye_x")
      .replacing("other", with: "right_eye_x").write(
        toFile: file, atomically: true, encoding: .utf8)
    let ended = try htnet(arguments)
    assertSuccess(ended)
    let clips = text.split(separator: "\n").count - 1
    XCTAssertTrue(
      ended.output.contains(
        "warning: in \(clips) of \(clips) clips the left eye lies to the right of the right one: are their "
          + "columns exchanged? Left is left in the picture\n"), ended.output)
  }

  func testCheckRefusesWhatTrainRefuses() throws {
    _ = try synthesize(subjects: 4, clips: 3)
    try edit { $0[3][3] = "7" }
    let trained = try htnet(["train", "--data", path("data"), "--run", path("run")])
    let checked = try htnet(["data", "check", "--data", path("data")])
    XCTAssertEqual(trained.status, 2)
    XCTAssertEqual(checked.status, 2)
    XCTAssertEqual(checked.errors, trained.errors)
    XCTAssertTrue(checked.errors.contains(":4: the label 7 is not in 0 … 2"), checked.errors)
    XCTAssertEqual(
      try htnet(["data", "check", "--data", path("data"), "--set", "splits.by=person"]).status, 2)
  }

  /// Pixels of a picture, read back by the program's own reader of flow images.
  func testShowDrawsTheRegionsAndTheInput() throws {
    let data = try synthesize(subjects: 4, clips: 3)
    let ended = try htnet([
      "data", "show", "--data", data, "--output", path("sheet.png"), "--subject", "casme2/sub01",
      "--set", "data.regions=corrected",
    ])
    assertSuccess(ended)
    let again = try htnet([
      "data", "show", "--data", data, "--output", path("again.png"), "--subject", "sub01",
      "--set", "data.regions=corrected",
    ])
    assertSuccess(again)
    let bytes = try XCTUnwrap(FileManager.default.contents(atPath: path("sheet.png")))
    XCTAssertEqual(FileManager.default.contents(atPath: path("again.png")), bytes)
    let two = try htnet([
      "data", "show", "--data", data, "--output", path("two.png"), "--subject", "sub01", "--clips",
      "2",
    ])
    assertSuccess(two)
    XCTAssertTrue(two.output.hasPrefix("\(path("two.png")): 2 of "), two.output)
    // Written over, since it is a picture.
    assertSuccess(
      try htnet(["data", "show", "--data", data, "--output", path("sheet.png"), "--clips", "1"]))
    for (arguments, message) in [
      (["--output", labels], "\(labels) is there and no PNG file; name another file"),
      (["--output", scratch], "\(scratch) is a directory; name a file"),
      (
        ["--output", path("x.png"), "--subject", "nobody"],
        "--subject: \"nobody\" is no subject of the data"
      ),
      (
        ["--output", path("x.png"), "--clip", "clip1"],
        "--clip: \"clip1\" is no clip of the data; they are called as casme2/sub01/clip1"
      ),
      (["--output", path("x.png"), "--clips", "0"], "htnet: --clips 0 is not above 0\n"),
      (
        ["--output", path("x.png"), "--clips", "1", "--clip", "casme2/sub01/clip1"],
        "htnet: --clip names each clip that is shown: leave --clips out\n"
      ),
    ] {
      let refused = try htnet(["data", "show", "--data", data] + arguments)
      XCTAssertEqual(refused.status, 2, refused.errors)
      XCTAssertTrue(refused.errors.contains(message), refused.errors)
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("x.png")))
  }

  /// What a fold's training clips cannot give is refused before training.
  func testStatisticsThatAFoldCannotGive() throws {
    _ = try synthesize(subjects: 4, clips: 3)
    // Only sub01 has class 2.
    try edit { rows in
      for row in rows.indices.dropFirst() {
        rows[row][3] = rows[row][1] == "sub01" ? "2" : row % 2 == 0 ? "0" : "1"
      }
    }
    let ended = try htnet([
      "train", "--data", path("data"), "--run", path("run"), "--set",
      "training.class_weights=balanced",
    ])
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertTrue(
      ended.errors.hasSuffix(
        "training.class_weights: the class \"surprise\" has no training clip in fold sub01, so it has no "
          + "weight: set none, or leave the class out of the data\n"), ended.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
  }

  /// A scaled fold's weights say what their input was scaled by, kept and exported alike.
  func testScaledWeightsSayTheirScale() throws {
    let data = try synthesize(subjects: 4, clips: 3)
    assertSuccess(
      try htnet(
        [
          "train", "--data", data, "--run", path("run"), "--set", "data.scaling=standard", "--set",
          "training.keep_weights=true", "--set", "training.ema=0.9",
        ]
          + ["model.dim=6", "model.block_repeats=1,1,1", "training.epochs=2", "folds.include=s1"]
          .flatMap { ["--set", $0] }))
    let kept = try SafetensorsBytes(path("run/folds/s1/weights.safetensors"))
    XCTAssertEqual(kept.metadata["mean"]?.split(separator: ",").count, 3)
    XCTAssertEqual(kept.metadata["deviation"]?.split(separator: ",").count, 3)
    assertSuccess(
      try htnet(["export", path("run"), "--fold", "s1", "--output", path("out.safetensors")]))
    let exported = try SafetensorsBytes(path("out.safetensors"))
    for key in ["scaling", "mean", "deviation", "input", "weights_sha256"] {
      XCTAssertNotNil(kept.metadata[key], key)
      XCTAssertEqual(exported.metadata[key], kept.metadata[key], key)
    }
  }
}
