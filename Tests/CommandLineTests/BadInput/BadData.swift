import Foundation

extension BadInput {
  /// Data sets and selections of folds that cannot be used.
  static let data: [BadInput] = [
    BadInput("no data set named", ["data.path", "is empty", "--data"]) { _ in
      ["train", "--config", "config.yaml", "--run", "run"]
    },
    .scene("no data directory", ["data: is no directory"]) { try $0.remove("data") },
    BadInput("a file for a data directory", ["config.yaml: is no directory"]) { _ in
      ["train", "--config", "config.yaml", "--data", "config.yaml", "--run", "run"]
    },
    // Labels
    .scene("no labels", [BadInputScene.labels, "there is no such file", "htnet synthesize"]) {
      try $0.remove(BadInputScene.labels)
    },
    .scene("empty labels", [BadInputScene.labels, "is empty"]) {
      try $0.write("", to: BadInputScene.labels)
    },
    .scene("labels without clips", [BadInputScene.labels, "0 subjects", "at least 2"]) {
      try $0.edit(BadInputScene.labels) { $0 = [$0[0]] }
    },
    .scene("labels without a column", [BadInputScene.labels + ":1", "no column \"label\""]) {
      try $0.removeColumn("label", of: BadInputScene.labels)
    },
    .scene("a line that is cut", [BadInputScene.labels + ":3", "has 2 fields", "header has 7"]) {
      try $0.edit(BadInputScene.labels) { $0[2] = "casme2,sub01" }
    },
    .scene("a label out of range", [BadInputScene.labels + ":4", "label 3 is not in 0 … 2"]) {
      try $0.setField(BadInputScene.labels, line: 4, field: 3, to: "3")
    },
    .scene("a negative label", [BadInputScene.labels + ":4", "label -1 is not in 0 … 2"]) {
      try $0.setField(BadInputScene.labels, line: 4, field: 3, to: "-1")
    },
    .scene("a label in words", [BadInputScene.labels + ":2", "\"happy\"", "whole number"]) {
      try $0.setField(BadInputScene.labels, line: 2, field: 3, to: "happy")
    },
    .scene("a clip twice", [BadInputScene.labels + ":4", "sub01/clip1", "line 2 already"]) {
      try $0.edit(BadInputScene.labels) { $0[3] = $0[1] }
    },
    .scene("one subject", [BadInputScene.labels, "has 1 subjects", "at least 2"]) {
      try $0.edit(BadInputScene.labels) { $0 = [$0[0]] + $0.filter { $0.contains(",sub01,") } }
    },
    .scene("a subject with a slash", [BadInputScene.labels + ":2", "\"sub\"", "\"a/b\""]) {
      try $0.setField(BadInputScene.labels, line: 2, field: 1, to: "a/b")
    },
    .scene("a quotation without an end", [BadInputScene.labels + ":2", "without an end"]) {
      try $0.setField(BadInputScene.labels, line: 2, field: 2, to: "\"clip1")
    },
    .scene("labels that are not text", [BadInputScene.labels, "is not UTF-8"]) {
      try $0.write(Data([0x41, 0xFF, 0xFE]), to: BadInputScene.labels)
    },
    .scene("labels in UTF-16", [BadInputScene.labels + ": is UTF-16 text: save it as UTF-8"]) {
      try $0.write(Data([0xFF, 0xFE, 0x41, 0]), to: BadInputScene.labels)
    },
    .scene(
      "labels with two separators",
      [BadInputScene.labels + ":1: parts its fields in more than one way"]
    ) {
      try $0.edit(BadInputScene.labels) { $0[0] = $0[0].replacing("apex,", with: "apex;") }
    },
    .scene("a label with a point", [BadInputScene.labels + ":2", "\"1.0\" is not a whole number"]) {
      try $0.setField(BadInputScene.labels, line: 2, field: 3, to: "1.0")
    },
    .scene(
      "a dataset written in two ways",
      [BadInputScene.labels + ":4: the dataset \"CASME2\" is \"casme2\" in line 2"]
    ) {
      try $0.setField(BadInputScene.labels, line: 4, field: 0, to: "CASME2")
    },
    .scene(
      "two people with one image",
      [BadInputScene.labels + ":3: the clip smic/sub01/clip1 has the image \"sub01_clip1 .png\""]
    ) {
      try $0.edit(BadInputScene.labels) { $0[2] = "smic,sub01,clip1,0,,," }
    },
    .scene(
      "a subject too long for a directory",
      [BadInputScene.labels + ":2: the subject \"ää", "has 540 bytes", "243 fit: shorten it"]
    ) {
      try $0.setField(
        BadInputScene.labels, line: 2, field: 1, to: String(repeating: "ä", count: 90))
    },
    .scene(
      "a subject that lost its zeros in one row",
      [BadInputScene.labels + ":3: the subject \"1\" is \"01\" in line 2"]
    ) {
      try $0.setField(BadInputScene.labels, line: 2, field: 1, to: "01")
      try $0.setField(BadInputScene.labels, line: 3, field: 1, to: "1")
    },
    // Images
    .scene("a missing image", [BadInputScene.image, "no such file", "line 2 of", "1 of "]) {
      try $0.remove(BadInputScene.image)
    },
    .scene(
      "a subject whose zeros a spreadsheet dropped",
      [
        "/1_clip1 .png: there is no such file",
        "\"001_clip1 .png\" is there, and differs only in zeros before a number (spreadsheets drop",
      ]
    ) {
      try $0.edit(BadInputScene.labels) { $0 = $0.map { $0.replacing(",001,", with: ",1,") } }
      try $0.edit(BadInputScene.landmarks) { $0 = $0.map { $0.replacing(",001,", with: ",1,") } }
    },
    .scene(
      "an image of 16 bits", [BadInputScene.image + ": has 16 bits a sample", "scale it to 8 bits"]
    ) {
      // 28 × 28 samples of 64, as OpenCV writes them.
      let wide =
        "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcEAIAAACt/5SAAAAAM0lEQVRYw+3OAQkAMAgAQTXZ+qcaCHZQuP8C"
        + "l/H69VUcCRQUFBQUFBQUFBQUFBQUFBR0+vLtAPgr38RcAAAAAElFTkSuQmCC"
      try $0.write(Data(base64Encoded: wide) ?? Data(), to: BadInputScene.image)
    },
    .scene("a cut image", [BadInputScene.image, "cut PNG"]) {
      try $0.write($0.read(BadInputScene.image).dropLast(200), to: BadInputScene.image)
    },
    .scene(
      "no images", ["data/STSNet_whole_norm_u_v_os: there is no such directory; the clips' images"]
    ) {
      try $0.remove("data/STSNet_whole_norm_u_v_os")
    },
    .scene("an empty image", [BadInputScene.image, "is empty"]) {
      try $0.write(Data(), to: BadInputScene.image)
    },
    .scene("an image that is text", [BadInputScene.image, "is not a readable PNG"]) {
      try $0.write("not an image, but text of some length", to: BadInputScene.image)
    },
    .scene(
      "an image of another size", [BadInputScene.image, "1 × 1 pixels", "model.image_size is 28"]
    ) {
      let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
        + "rkJggg=="
      try $0.write(Data(base64Encoded: pixel) ?? Data(), to: BadInputScene.image)
    },
    .scene(
      "images of another size than the model's", ["28 × 28 pixels", "model.image_size is 32"],
      settings: ["model.image_size=32", "model.patch_size=8"]
    ) { _ in },
    // Landmarks
    .scene("landmarks without a clip", [BadInputScene.landmarks, "sub01/clip1", "line 2 of"]) {
      try $0.edit(BadInputScene.landmarks) { $0.remove(at: 1) }
    },
    .scene(
      "landmarks in words", [BadInputScene.landmarks + ":3", "left_eye_x", "\"left\""]
    ) {
      try $0.setField(BadInputScene.landmarks, line: 3, field: 4, to: "left")
    },
    .scene("landmarks without a column", [BadInputScene.landmarks + ":1", "\"nose_y\""]) {
      try $0.removeColumn("nose_y", of: BadInputScene.landmarks)
    },
    .scene("hexadecimal landmarks", [BadInputScene.landmarks + ":3", "left_eye_x", "\"0x10\""]) {
      try $0.setField(BadInputScene.landmarks, line: 3, field: 4, to: "0x10")
    },
    .scene("landmarks of a clip twice", [BadInputScene.landmarks + ":3", "second time"]) {
      try $0.edit(BadInputScene.landmarks) { $0[2] = $0[1] }
    },
    .set(
      "landmarks named but not there", ["data.landmarks=points.csv"], "data/points.csv",
      "there is no such file"),
    // Folds
    .set(
      "a fold of nobody", ["folds.include=sub99"], "folds.include", "\"sub99\" is no subject",
      "sub01"),
    .set("nobody left out", ["folds.exclude=nobody"], "folds.exclude", "\"nobody\""),
    .set(
      "no fold left", ["folds.exclude=sub01,001,s1,sub02,002"], "folds.exclude",
      "leaves no fold of 5"),
    .set(
      "a fold in and out", ["folds.include=sub01", "folds.exclude=sub01"], "folds.exclude",
      "\"sub01\" is in folds.include too"),
    .set("a fold twice", ["folds.include=sub01,sub01"], "folds.include", "twice"),
  ]
}
