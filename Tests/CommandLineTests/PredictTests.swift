import Evaluation
import Foundation
import Prediction
import RunStore
import TestSupport
import XCTest

/// `htnet predict` says of clips what the run that trained the model has said, or why it cannot.
final class PredictTests: CommandLineTestCase {
  /// A run of two folds of made-up data, and each fold's model.
  private struct Trained {
    let run: String
    let data: String
    let folds = ["sub01", "001"]
    let models: [String]
  }

  private func train(_ settings: [String]) throws -> Trained {
    let (run, data) = (path("run"), try synthesize())
    let all =
      settings + [
        "model.dim=6", "model.block_repeats=1,1,1", "training.batch_size=4", "training.epochs=3",
        "training.keep_weights=true", "folds.include=sub01,001",
      ]
    assertSuccess(
      try htnet(["train", "--data", data, "--run", run] + all.flatMap { ["--set", $0] }))
    let models = try ["sub01", "001"].map { fold in
      let file = path(fold + ".safetensors")
      assertSuccess(try htnet(["export", run, "--fold", fold, "--output", file]))
      return file
    }
    return Trained(run: run, data: data, models: models)
  }

  /// What the run has computed for a fold's test clips: logits by clip.
  private func logits(_ run: String, _ fold: String) throws -> [String: [Float]] {
    let data = try XCTUnwrap(RunFiles(run).results[fold])
    let result = try JSONDecoder().decode(TaskResult.self, from: data)
    return Dictionary(uniqueKeysWithValues: zip(result.clips, result.logits))
  }

  private func predict(_ models: [String], _ data: String, _ more: [String] = []) throws -> Ended {
    try htnet(["predict", "--model"] + models + ["--data", data] + more)
  }

  private func table(_ text: String) -> (header: [String], rows: [[String]]) {
    RunFiles.table(Data(text.utf8))
  }

  func testProbabilitiesAreTheRunsOwnToTheLastBit() throws {
    let trained = try train(["data.scaling=standard", "data.regions=corrected"])
    var outputs: [String] = []
    for (fold, model) in zip(trained.folds, trained.models) {
      let ended = try predict([model], trained.data)
      assertSuccess(ended)
      outputs.append(ended.output)
      let (header, rows) = table(ended.output)
      XCTAssertEqual(
        header,
        [
          "dataset", "subject", "clip", "prediction", "class", "probability_negative",
          "probability_positive", "probability_surprise", "image",
        ])
      XCTAssertEqual(Set(rows.map { $0[1] }).count, 5)
      let expected = try logits(trained.run, fold)
      for row in rows where row[1] == fold {
        let logits = try XCTUnwrap(expected[row[2]], row[2])
        XCTAssertEqual(row[5...7].map { Double($0) }, EvaluationProtocol.softmax(logits))
        XCTAssertEqual(row[3], "\(EvaluationProtocol.prediction(logits))")
        XCTAssertEqual(row[4], ["negative", "positive", "surprise"][Int(row[3]) ?? 9])
        XCTAssertTrue(
          FileManager.default.fileExists(atPath: trained.data + "/" + row[8]), row[8])
      }
      XCTAssertFalse(expected.isEmpty)
      XCTAssertEqual(rows.count { $0[1] == fold }, expected.count)
      XCTAssertTrue(
        ended.errors.contains("\(model): was trained on 4 of the data's 5 subjects, "), ended.errors
      )
      // What the run keeps is as good as the export.
      let kept = "\(trained.run)/folds/\(fold)/weights.safetensors"
      XCTAssertEqual(try predict([kept], trained.data).output, ended.output)
      for threads in 1...3 {
        let models = try ModelSet(paths: [model])
        let (dataset, _) = try models.read(path: trained.data, overrides: [])
        XCTAssertEqual(
          String(decoding: try models.predict(dataset, threads: threads).csv, as: UTF8.self),
          ended.output)
      }
    }
    XCTAssertNotEqual(outputs[0], outputs[1])
    // Each model scales by its own fold's numbers.
    let together = try predict(trained.models, trained.data)
    assertSuccess(together)
    let (first, second, both) = (table(outputs[0]), table(outputs[1]), table(together.output))
    XCTAssertEqual(both.header, first.header)
    for (row, (one, other)) in zip(both.rows, zip(first.rows, second.rows)) {
      XCTAssertEqual(row[...2], one[...2])
      for column in 5...7 {
        let sum = try XCTUnwrap(Double(one[column])) + XCTUnwrap(Double(other[column]))
        XCTAssertEqual(Double(row[column]), sum / 2)
      }
    }
    let output = path("predictions.csv")
    for _ in 1...2 {
      let written = try predict(trained.models, trained.data, ["--output", output])
      assertSuccess(written)
      XCTAssertTrue(
        written.output.hasPrefix("\(output): \(both.rows.count) clips: negative "), written.output)
      XCTAssertEqual(try String(contentsOfFile: output, encoding: .utf8), together.output)
    }
  }

  func testDataThatDoNotFitAreRefused() throws {
    let trained = try train(["data.regions=whole"])
    let (model, table) = (trained.models[0], path("faces/manifest.csv"))
    try FileManager.default.createDirectory(
      atPath: path("faces"), withIntermediateDirectories: false)
    let samples = [UInt8](repeating: 7, count: 28 * 28)
    try PlainPNG.encode(width: 28, height: 28, rgb: samples, channels: 1, bits: 8).write(
      to: URL(fileURLWithPath: path("faces/a.png")))
    try write("image,subject,dataset\na.png,a,mine\n", to: "faces/manifest.csv")
    let manifest = ["--set", "data.format=manifest"]
    let (notes, output) = (try write("mine", to: "notes.csv"), path("out.csv"))
    let damaged = path("damaged.safetensors")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: model))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(fileURLWithPath: damaged))
    let fixed = "is the model's own, which \(model) says"
    let dim = "only keys of the section data may be set here"
    let cases: [(models: [String], data: String, more: [String], expected: String)] = [
      (
        [model], table, manifest,
        "\(path("faces"))/a.png: has 1 channel (grey), but model.channels is 3"
      ),
      (
        [model], trained.data, ["--set", "data.regions=whole"], "--set data.regions=whole: \(fixed)"
      ),
      ([model], trained.data, ["--set", "data.scaling=raw"], "--set data.scaling=raw: \(fixed)"),
      ([model], trained.data, ["--set", "model.dim=8"], "--set model.dim=8: \(dim)"),
      ([model], trained.data, ["--set", "study=[]"], "--set study=[]: \(dim)"),
      (
        [model], path("none"), [],
        "\(path("none")): is no directory: name the release's directory with --data"
      ),
      ([model], "", [], "--data: names nothing"),
      (
        [model, damaged], trained.data, [],
        "\(damaged): its tensors are not those that its weights_sha256 names: it is damaged"
      ),
      ([model, notes], trained.data, [], "\(notes): has 4 bytes, too few for a safetensors file"),
      (
        [model], trained.data, ["--output", notes],
        "--output: \(notes) is there and holds no predictions; name another file"
      ),
      ([path("gone")], trained.data, [], "\(path("gone")): there is no such file"),
    ]
    for (models, data, more, expected) in cases {
      let ended = try predict(
        models, data, more.contains("--output") ? more : more + ["--output", output])
      XCTAssertEqual(ended.status, 2, expected)
      XCTAssertEqual(ended.errors, "htnet: \(expected)\n")
      XCTAssertEqual(ended.output, "")
      XCTAssertFalse(FileManager.default.fileExists(atPath: output), expected)
    }
    XCTAssertEqual(try String(contentsOfFile: notes, encoding: .utf8), "mine")
  }

  /// Clips of a table of one's own, of one subject, without labels.
  func testAManifestWithoutLabels() throws {
    let trained = try train(["data.regions=whole"])
    let (_, rows) = table(try predict([trained.models[0]], trained.data).output)
    let own = rows.filter { $0[1] == "sub01" }
    try write(
      "image,subject,dataset,clip\n"
        + own.map { "\($0[8]),\($0[1]),\($0[0]),\($0[2])\n" }.joined(), to: "data/own.csv")
    let ended = try predict(
      [trained.models[0]], trained.data + "/own.csv", ["--set", "data.format=manifest"])
    assertSuccess(ended)
    XCTAssertEqual(table(ended.output).rows, own)
    XCTAssertTrue(
      ended.errors.contains(
        "the data say no more of theirs than blue, green, red: they are taken for the same"),
      ended.errors)
    XCTAssertFalse(ended.errors.contains("was trained on"), ended.errors)

    // Somebody whom the model has seen, under another dataset's name.
    let seen = try XCTUnwrap(rows.first { $0[1] == "001" })
    try write(
      "image,subject,dataset,clip\n\(seen[8]),1,mine,\(seen[2])\n", to: "data/renamed.csv")
    let renamed = try predict(
      [trained.models[0]], trained.data + "/renamed.csv", ["--set", "data.format=manifest"])
    assertSuccess(renamed)
    XCTAssertTrue(
      renamed.errors.contains(
        "\(trained.models[0]): 1 of the data's 1 subject has the name of one of another dataset that it was "
          + "trained on, mine/1 that of \(seen[0])/001 the first: if they are the same people, what it says of "
          + "them is no test of it"), renamed.errors)
  }
}
