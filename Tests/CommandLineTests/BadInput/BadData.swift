import Foundation

extension BadInput {
  /// Data sets and selections of folds that cannot be used.
  static let data: [BadInput] = [
    BadInput(
      "no data set named",
      "data.path: is empty: name the release's directory with --data, or make one up: htnet "
        + "synthesize"
    ) { _ in
      ["train", "--config", "config.yaml", "--run", "run"]
    },
    .scene("no data directory", "data: is no directory: name the release's directory with --data") {
      try $0.remove("data")
    },
    BadInput(
      "a file for a data directory",
      "config.yaml: is no directory: name the release's directory with --data"
    ) { _ in
      ["train", "--config", "config.yaml", "--data", "config.yaml", "--run", "run"]
    },
    // Labels
    .scene(
      "no labels",
      "data/combined_3_class2_for_optical_flow.csv: there is no such file: is data a directory "
        + "in the release's layout (README.md)? \"htnet synthesize\" makes one to try"
    ) {
      try $0.remove(BadInputScene.labels)
    },
    .scene("empty labels", "data/combined_3_class2_for_optical_flow.csv: is empty") {
      try $0.write("", to: BadInputScene.labels)
    },
    .scene(
      "labels without clips",
      "data/combined_3_class2_for_optical_flow.csv: has 0 subjects; leaving one out needs at "
        + "least 2"
    ) {
      try $0.edit(BadInputScene.labels) { $0 = [$0[0]] }
    },
    .scene(
      "labels without a column",
      "data/combined_3_class2_for_optical_flow.csv:1: has no column \"label\"; its columns are "
        + "dataset, sub, filename_o, apex, imagename, sub_filename"
    ) {
      try $0.removeColumn("label", of: BadInputScene.labels)
    },
    .scene(
      "a line that is cut",
      "data/combined_3_class2_for_optical_flow.csv:3: has 2 fields, but the header has 7"
    ) {
      try $0.edit(BadInputScene.labels) { $0[2] = "casme2,sub01" }
    },
    .scene(
      "a label out of range",
      "data/combined_3_class2_for_optical_flow.csv:4: the label 3 is not in 0 … 2 "
        + "(model.classes is 3)"
    ) {
      try $0.setField(BadInputScene.labels, line: 4, field: 3, to: "3")
    },
    .scene(
      "a negative label",
      "data/combined_3_class2_for_optical_flow.csv:4: the label -1 is not in 0 … 2 "
        + "(model.classes is 3)"
    ) {
      try $0.setField(BadInputScene.labels, line: 4, field: 3, to: "-1")
    },
    .scene(
      "a label in words",
      "data/combined_3_class2_for_optical_flow.csv:2: the label \"happy\" is not a whole number "
        + "such as 1"
    ) {
      try $0.setField(BadInputScene.labels, line: 2, field: 3, to: "happy")
    },
    .scene(
      "a clip twice",
      "data/combined_3_class2_for_optical_flow.csv:4: the clip sub01/clip1 stands in line 2 "
        + "already"
    ) {
      try $0.edit(BadInputScene.labels) { $0[3] = $0[1] }
    },
    .scene(
      "one subject",
      "data/combined_3_class2_for_optical_flow.csv: has 1 subject; leaving one out needs at "
        + "least 2"
    ) {
      try $0.edit(BadInputScene.labels) { $0 = [$0[0]] + $0.filter { $0.contains(",sub01,") } }
    },
    .scene(
      "a subject with a slash",
      "data/combined_3_class2_for_optical_flow.csv:2: column \"sub\" is \"a/b\": it must not be "
        + "empty or hold a slash"
    ) {
      try $0.setField(BadInputScene.labels, line: 2, field: 1, to: "a/b")
    },
    .scene(
      "a quotation without an end",
      "data/combined_3_class2_for_optical_flow.csv:2: has a quoted field without an end"
    ) {
      try $0.setField(BadInputScene.labels, line: 2, field: 2, to: "\"clip1")
    },
    .scene(
      "labels that are not text",
      "data/combined_3_class2_for_optical_flow.csv:1: is not UTF-8 text (the byte 0xFF): save it as "
        + "UTF-8"
    ) {
      try $0.write(Data([0x41, 0xFF, 0xFE]), to: BadInputScene.labels)
    },
    .scene(
      "labels in UTF-16",
      "data/combined_3_class2_for_optical_flow.csv: is UTF-16 text: save it as UTF-8"
    ) {
      try $0.write(Data([0xFF, 0xFE, 0x41, 0]), to: BadInputScene.labels)
    },
    .scene(
      "labels with two separators",
      "data/combined_3_class2_for_optical_flow.csv:1: parts its fields in more than one way: "
        + "write all commas, all semicolons or all tabs"
    ) {
      try $0.edit(BadInputScene.labels) { $0[0] = $0[0].replacing("apex,", with: "apex;") }
    },
    .scene(
      "a label with a point",
      "data/combined_3_class2_for_optical_flow.csv:2: the label \"1.0\" is not a whole number "
        + "such as 1"
    ) {
      try $0.setField(BadInputScene.labels, line: 2, field: 3, to: "1.0")
    },
    .scene(
      "a dataset written in two ways",
      "data/combined_3_class2_for_optical_flow.csv:4: the dataset \"CASME2\" is \"casme2\" in line "
        + "2, which differs only in case: write one name one way, and two names apart"
    ) {
      try $0.setField(BadInputScene.labels, line: 4, field: 0, to: "CASME2")
    },
    .scene(
      "two people with one image",
      "data/combined_3_class2_for_optical_flow.csv:3: the clip smic/sub01/clip1 has the image "
        + "\"sub01_clip1 .png\", and so has casme2/sub01/clip1 in line 2: give one of them another "
        + "sub or filename_o, and its image the name"
    ) {
      try $0.edit(BadInputScene.labels) { $0[2] = "smic,sub01,clip1,0,,," }
    },
    .scene(
      "a subject too long for a directory",
      "data/combined_3_class2_for_optical_flow.csv:2: the subject "
        + "\"ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää\" "
        + "needs a directory whose name has 540 bytes (all but a-z, A-Z, 0-9, '.', '-' and '_' "
        + "take three), and 243 fit: shorten it"
    ) {
      try $0.setField(
        BadInputScene.labels, line: 2, field: 1, to: String(repeating: "ä", count: 90))
    },
    .scene(
      "a subject that lost its zeros in one row",
      "data/combined_3_class2_for_optical_flow.csv:3: the subject \"1\" is \"01\" in line 2, which "
        + "differs only in zeros before a number (spreadsheets drop them): write one name one way, "
        + "and two names apart"
    ) {
      try $0.setField(BadInputScene.labels, line: 2, field: 1, to: "01")
      try $0.setField(BadInputScene.labels, line: 3, field: 1, to: "1")
    },
    // Images
    .scene(
      "a missing image",
      "data/STSNet_whole_norm_u_v_os/sub01_clip1 .png: there is no such file, which line 2 of "
        + "combined_3_class2_for_optical_flow.csv needs (1 of 15 images are missing; the names "
        + "have a space before .png)"
    ) {
      try $0.remove(BadInputScene.image)
    },
    .scene(
      "a subject whose zeros a spreadsheet dropped",
      "data/STSNet_whole_norm_u_v_os/1_clip1 .png: there is no such file, which line 6 of "
        + "combined_3_class2_for_optical_flow.csv needs (4 of 15 images are missing; the names "
        + "have a space before .png); \"001_clip1 .png\" is there, and differs only in zeros before a "
        + "number (spreadsheets drop them)"
    ) {
      try $0.edit(BadInputScene.labels) { $0 = $0.map { $0.replacing(",001,", with: ",1,") } }
      try $0.edit(BadInputScene.landmarks) { $0 = $0.map { $0.replacing(",001,", with: ",1,") } }
    },
    .scene(
      "an image of 16 bits",
      "data/STSNet_whole_norm_u_v_os/sub01_clip1 .png: has 16 bits a sample, and the model "
        + "takes numbers from 0 to 255: scale it to 8 bits a sample"
    ) {
      // 28 × 28 samples of 64, as OpenCV writes them.
      let wide =
        "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcEAIAAACt/5SAAAAAM0lEQVRYw+3OAQkAMAgAQTXZ+qcaCHZQuP8C"
        + "l/H69VUcCRQUFBQUFBQUFBQUFBQUFBR0+vLtAPgr38RcAAAAAElFTkSuQmCC"
      try $0.write(Data(base64Encoded: wide) ?? Data(), to: BadInputScene.image)
    },
    .scene(
      "a cut image",
      "data/STSNet_whole_norm_u_v_os/sub01_clip1 .png: is a damaged or cut PNG: the file ends "
        + "too early"
    ) {
      try $0.write($0.read(BadInputScene.image).dropLast(200), to: BadInputScene.image)
    },
    .scene(
      "no images",
      "data/STSNet_whole_norm_u_v_os: there is no such directory; the clips' images must lie "
        + "in it"
    ) {
      try $0.remove("data/STSNet_whole_norm_u_v_os")
    },
    .scene("an empty image", "data/STSNet_whole_norm_u_v_os/sub01_clip1 .png: is empty, not a PNG")
    {
      try $0.write(Data(), to: BadInputScene.image)
    },
    .scene(
      "an image that is text",
      "data/STSNet_whole_norm_u_v_os/sub01_clip1 .png: is not a readable PNG: Not a PNG file"
    ) {
      try $0.write("not an image, but text of some length", to: BadInputScene.image)
    },
    .scene(
      "an image of another size",
      "data/STSNet_whole_norm_u_v_os/sub01_clip1 .png: is 1 × 1 pixels, but model.image_size "
        + "is 28"
    ) {
      let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
        + "rkJggg=="
      try $0.write(Data(base64Encoded: pixel) ?? Data(), to: BadInputScene.image)
    },
    .scene(
      "images of another size than the model's",
      "data/STSNet_whole_norm_u_v_os/sub01_clip1 .png: is 28 × 28 pixels, but model.image_size "
        + "is 32",
      settings: ["model.image_size=32", "model.patch_size=8"]
    ) { _ in },
    // Landmarks
    .scene(
      "landmarks without a clip",
      "data/landmarks.csv: has no row for the clip casme2/sub01/clip1 (line 2 of "
        + "combined_3_class2_for_optical_flow.csv)"
    ) {
      try $0.edit(BadInputScene.landmarks) { $0.remove(at: 1) }
    },
    .scene(
      "landmarks in words",
      "data/landmarks.csv:3: column \"left_eye_x\" is \"left\", not a number such as 9.5"
    ) {
      try $0.setField(BadInputScene.landmarks, line: 3, field: 4, to: "left")
    },
    .scene(
      "landmarks without a column",
      "data/landmarks.csv:1: has no column \"nose_y\"; its columns are dataset, sub, filename_o, "
        + "detected, left_eye_x, left_eye_y, right_eye_x, right_eye_y, nose_x, mouth_left_x, "
        + "mouth_left_y, mouth_right_x, mouth_right_y"
    ) {
      try $0.removeColumn("nose_y", of: BadInputScene.landmarks)
    },
    .scene(
      "hexadecimal landmarks",
      "data/landmarks.csv:3: column \"left_eye_x\" is \"0x10\", not a number such as 9.5"
    ) {
      try $0.setField(BadInputScene.landmarks, line: 3, field: 4, to: "0x10")
    },
    .scene(
      "landmarks of a clip twice",
      "data/landmarks.csv:3: has the clip casme2/sub01/clip1 a second time, after line 2"
    ) {
      try $0.edit(BadInputScene.landmarks) { $0[2] = $0[1] }
    },
    .set(
      "landmarks named but not there", ["data.landmarks=points.csv"],
      "data/points.csv: there is no such file"),
    // Folds
    .set(
      "a fold of nobody", ["folds.include=sub99"],
      "folds.include: \"sub99\" is no subject of the data, which has 5: sub01, 001, s1, sub02, "
        + "002"),
    .set(
      "nobody left out", ["folds.exclude=nobody"],
      "folds.exclude: \"nobody\" is no subject of the data, which has 5: sub01, 001, s1, sub02, "
        + "002"),
    .set(
      "no fold left", ["folds.exclude=sub01,001,s1,sub02,002"],
      "folds.exclude: leaves no fold of 5 subjects to run"),
    .set(
      "a fold in and out", ["folds.include=sub01", "folds.exclude=sub01"],
      "--set folds.exclude=sub01: folds.exclude: \"sub01\" is in folds.include too"),
    .set(
      "a fold twice", ["folds.include=sub01,sub01"],
      "--set folds.include=sub01,sub01: folds.include: names a fold twice"),
  ]
}
