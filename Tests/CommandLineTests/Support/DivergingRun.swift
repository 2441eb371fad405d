import Foundation
import XCTest
import Safetensors

/// A run in which one fold of three is healthy, and the others fail in their third step.
///
/// The clips of `sub01` and `001` are black, and those of `s1` as made up. With the weights that all
/// folds start from, a black clip leaves every value at 0, while a bright one brings a hidden value
/// near the largest float, which dropout raises beyond it: in training only. So the folds that train
/// on `s1` end in NaN when the first of its clips comes, and the one that only tests it does not.
/// Steps are too small to change a weight. None of this hangs on how a CPU rounds.
struct DivergingRun {
  static let failing = ["sub01", "001"]
  static let cause =
    "epoch 1, step 3: the loss is nan, and the gradient of to_patch_embedding.1.weight is not finite"

  private let data: String
  private let weights: String
  private let test: CommandLineTestCase

  /// - Parameter scale: Of the hidden values' weights; 3e38 is too much without dropout too.
  init(_ test: CommandLineTestCase, scale: Float = 3e37) throws {
    self.test = test
    data = try test.synthesize("diverging-data", subjects: 3, clips: 22)
    let images = data + "/STSNet_whole_norm_u_v_os"
    for name in try FileManager.default.contentsOfDirectory(atPath: images)
    where !name.hasPrefix("s1_") {
      try Self.black.write(to: URL(fileURLWithPath: images + "/" + name))
    }
    weights = test.path("weights-\(scale).safetensors")
    try makeWeights(scale)
  }

  /// - Parameter settings: Over the run's own.
  func arguments(_ run: String, _ settings: [String] = []) -> [String] {
    arguments(
      run,
      settings: [
        "training.epochs=3", "model.dropout=0.9", "training.learning_rate=1e-30",
        "training.initial_weights=\(weights)",
      ] + settings)
  }

  private func arguments(_ run: String, settings: [String]) -> [String] {
    ["train", "--data", data, "--run", test.path(run)]
      + ([
        "model.dim=6", "model.block_repeats=1,1,1", "data.regions=whole", "training.batch_size=8",
        "training.threads_per_rank=1",
      ] + settings).flatMap { ["--set", $0] }
  }

  private func makeWeights(_ scale: Float) throws {
    let ended = try test.htnet(
      arguments(
        "start",
        settings: ["training.epochs=1", "training.keep_weights=true", "folds.include=s1"]))
    XCTAssertEqual(ended.status, 0, ended.errors)
    var file = try SafetensorsBytes(test.path("start/folds/s1/weights.safetensors"))
    // Other weights, which have seen nobody's clips.
    for key in ["weights_sha256", "subject", "data_sha256", "trained_on"] {
      file.metadata[key] = nil
    }
    file.body.resetBytes(in: 0..<file.body.count)
    for name in try file.names() where name.hasSuffix(".g") {
      try file.fill(name) { _ in 1 }
    }
    let embedding = "to_patch_embedding.1.weight"
    // Of the first channel alone, so that its norm is far from 0.
    let inputs = try file.shape(embedding).dropFirst().reduce(1, *)
    try file.fill(embedding) { $0 < inputs ? 1 : 0 }
    let expand = "layers.0.0.layers.0.1.fn.net.0.weight"
    let channels = try file.shape(expand)[1]
    try file.fill(expand) { $0 % channels == 0 ? scale : 0 }
    try file.write(to: weights)
  }

  /// A PNG of 28 × 28 black pixels.
  private static let black =
    Data(
      base64Encoded: """
        iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAIAAAD9b0jDAAAAGUlEQVR42u3BMQEAAADCoPVPbQdvoAAAeA0JTAABY3Zq\
        fQAAAABJRU5ErkJggg==
        """) ?? Data()
}

extension SafetensorsBytes {
  /// Sets each element of a float32 tensor by its place.
  mutating func fill(_ name: String, _ value: (Int) -> Float) throws {
    let range = try range(name)
    for index in 0..<range.count / 4 {
      withUnsafeBytes(of: value(index).bitPattern.littleEndian) {
        body.replaceSubrange(
          range.lowerBound + 4 * index..<range.lowerBound + 4 * index + 4, with: $0)
      }
    }
  }
}
