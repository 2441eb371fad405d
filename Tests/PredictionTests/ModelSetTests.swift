import Datasets
import Evaluation
import Kernels
import Prediction
import TestSupport
import XCTest

/// Models that answer, and files that cannot.
final class ModelSetTests: XCTestCase {
  /// Three clips of two subjects.
  private let dataset = Dataset(
    clips: [("a", "x,1"), ("a", "y"), ("b", "x")].map {
      Clip(dataset: "mine", subject: $0.0, name: $0.1, label: 0)
    }, classNames: ["no", "perhaps", "\"yes\""], channels: 1, side: 4,
    pixels: .bits8((0..<48).map { UInt8(($0 * 37) % 256) }),
    images: ["a/x.png", "a/y.png", "b/x.png"])

  private func refusal(_ directory: String, _ change: (inout ModelFile) -> Void) throws -> String {
    var file = try ModelFile(directory + "/model.safetensors")
    change(&file)
    try file.write()
    let message = try XCTUnwrap(errorText { try ModelSet(paths: [file.path]) })
    let start = file.path + ": "
    XCTAssertTrue(message.hasPrefix(start), message)
    return String(message.dropFirst(start.count))
  }

  func testFilesThatDoNotSayAllAreRefused() throws {
    try withTemporaryDirectory { directory in
      for key in ["format", "channels", "regions", "scaling", "precision", "classes"] {
        XCTAssertEqual(
          try refusal(directory) { $0.metadata[key] = nil },
          "its metadata have no \"\(key)\": write it with htnet export from the run")
      }
      let cases: [(key: String, value: String, expected: String)] = [
        (
          "format", "folder",
          "the \"format\" of its metadata is \"folder\", and may be release, manifest"
        ),
        (
          "regions", "all",
          "the \"regions\" of its metadata is \"all\", and may be published, corrected, whole"
        ),
        (
          "precision", "f16",
          "the \"precision\" of its metadata is \"f16\", and may be float32, bf16"
        ),
        (
          "scaling", "standard",
          "the \"scaling\" of its metadata is \"standard\", and may be raw, \(InputScaling.rule) or "
            + InputScaling.clipRule
        ),
        (
          "scaling", InputScaling.rule,
          "the \"mean\" and \"deviation\" of its metadata are not 1 numbers each, the latter above 0"
        ),
        (
          "scaling", "\(InputScaling.clipRule).",
          "the \"scaling\" of its metadata is \"\(InputScaling.clipRule).\", and may be raw, "
            + "\(InputScaling.rule) or \(InputScaling.clipRule)"
        ),
        (
          "mean", "1",
          "the \"scaling\" of its metadata is raw, but they have a mean or a deviation"
        ),
        (
          "channels", "red",
          "the \"channels\" of its metadata are \"red\", which are not the 1 of its config in "
            + "data.format manifest"
        ),
        (
          "format", "release",
          "the \"channels\" of its metadata are \"grey\", which are not the 1 of its config in "
            + "data.format release"
        ),
        (
          "classes", "no, yes",
          "the \"classes\" of its metadata are \"no, yes\", not 3 different names"
        ),
        (
          "classes", "no, yes, no",
          "the \"classes\" of its metadata are \"no, yes, no\", not 3 different names"
        ),
        (
          "weights_sha256", "0",
          "its tensors are not those that its weights_sha256 names: it is damaged"
        ),
      ]
      for (key, value, expected) in cases {
        XCTAssertEqual(try refusal(directory) { $0.metadata[key] = value }, expected)
      }
      for deviation in ["0", "-1", "nan", "1, 1", "1e-60", ""] {
        XCTAssertTrue(
          try refusal(directory) {
            $0.metadata.merge(
              ["scaling": InputScaling.rule, "mean": "3", "deviation": deviation]
            ) { $1 }
          }.hasPrefix("the \"mean\" and \"deviation\""), deviation)
      }
      XCTAssertEqual(
        try refusal(directory) { $0.metadata["config"] = nil },
        "its metadata has no \"config\" with the model's arguments")
      XCTAssertEqual(
        try refusal(directory) { $0.metadata["weights_sha256"] = nil },
        "its metadata have no \"weights_sha256\"")
    }
  }

  func testModelsThatDisagreeAreRefusedByKeyAndFile() throws {
    try withTemporaryDirectory { directory in
      let first = try ModelFile(directory + "/a.safetensors").write()
      for (key, value, mine, other) in [
        ("classes", "a, b, c", "a, b, c", "no, perhaps, \"yes\""),
        ("regions", "corrected", "corrected", "whole"),
      ] {
        var file = try ModelFile(directory + "/b.safetensors", seed: 2)
        file.metadata[key] = value
        let second = try file.write()
        XCTAssertEqual(
          errorText { try ModelSet(paths: [first, second]) },
          "\(second): its \(key): \(mine); of \(first): \(other); models that answer together must "
            + "agree in it")
      }
      let copy = try ModelFile(directory + "/copy.safetensors").write()
      XCTAssertEqual(
        errorText { try ModelSet(paths: [first, copy]) },
        "\(copy): has the same weights as \(first): a model that is named twice counts twice; name "
          + "it once")
    }
  }

  func testSeveralModelsAnswerByTheMeanOfTheirProbabilities() throws {
    try withTemporaryDirectory { directory in
      let paths = try (1...3).map {
        try ModelFile("\(directory)/\($0).safetensors", seed: UInt64($0)).write()
      }
      let alone = try paths.map { try ModelSet(paths: [$0]).predict(dataset, threads: 1) }
      XCTAssertNotEqual(alone[0].probabilities, alone[1].probabilities)
      let all = try ModelSet(paths: paths)
      XCTAssertEqual(all.count, 3)
      let together = try all.predict(dataset, threads: 2)
      for clip in dataset.clips.indices {
        let row = together.probabilities[clip]
        for label in row.indices {
          let sum = alone.reduce(0) { $0 + $1.probabilities[clip][label] }
          XCTAssertEqual(row[label], sum / 3)
        }
        XCTAssertEqual(row.reduce(0, +), 1, accuracy: 1e-12)
        XCTAssertEqual(row[together.classes[clip]], row.max())
      }
      let lines = String(decoding: together.csv, as: UTF8.self).split(separator: "\n")
      XCTAssertEqual(
        lines.first,
        "dataset,subject,clip,prediction,class,probability_no,probability_perhaps,"
          + "\"probability_\"\"yes\"\"\",image")
      XCTAssertEqual(lines.count, 4)
      XCTAssertTrue(lines[1].hasPrefix("mine,a,\"x,1\",\(together.classes[0]),"), "\(lines[1])")
      XCTAssertTrue(lines[3].hasSuffix(",b/x.png"), "\(lines[3])")
    }
  }

  /// Scaled input is what the file's own numbers make of it.
  func testScalingIsTheFilesOwn() throws {
    try withTemporaryDirectory { directory in
      var file = try ModelFile(directory + "/scaled.safetensors")
      let (mean, deviation) = (31.25, 9.5)
      file.metadata.merge(
        ["scaling": InputScaling.rule, "mean": "\(mean)", "deviation": "\(deviation)"]
      ) { $1 }
      let scaled = try ModelSet(paths: [try file.write()]).predict(dataset, threads: 1)
      let own = file
      let logits = own.model.logits(
        of: 3, batch: 2, weights: own.weights, CPUBackend<Float>(threads: 1)
      ) { clip, target in
        for (place, sample) in self.dataset.image(clip).enumerated() {
          target[place] = (sample - Float(mean)) / Float(deviation)
        }
      }
      XCTAssertEqual(scaled.probabilities, logits.map(EvaluationProtocol.softmax))
      XCTAssertEqual(scaled.classes, logits.map(EvaluationProtocol.prediction))
      let raw = try ModelSet(paths: [try ModelFile(directory + "/raw.safetensors").write()])
      XCTAssertNotEqual(try raw.predict(dataset, threads: 1).probabilities, scaled.probabilities)
    }
  }
}
