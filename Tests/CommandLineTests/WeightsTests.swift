import Digest
import XCTest
import Safetensors

/// Weights leave and enter in files whose keys and shapes are the published ones.
final class WeightsTests: CommandLineTestCase {
  /// The configuration of the published model's reference file.
  private let model = ["model.dim=24", "model.heads=3", "model.block_repeats=1,1,2"]

  private func train(_ data: String, _ run: String, _ settings: [String]) throws -> Ended {
    try htnet(
      ["train", "--data", data, "--run", path(run)]
        + (model + ["training.batch_size=8", "training.epochs=1", "folds.include=sub01"]
        + settings).flatMap { ["--set", $0] })
  }

  private func hash(_ run: String) throws -> String {
    let result = try XCTUnwrap(RunFiles(path(run)).results["sub01"])
    let object = try XCTUnwrap(JSONSerialization.jsonObject(with: result) as? [String: Any])
    return try XCTUnwrap(object["weights_sha256"] as? String)
  }

  func testWeightsThatCannotBeKeptStopTheRunInGoodOrder() throws {
    let data = try synthesize()
    let kept = path("run/folds/sub01/weights.safetensors")
    // A directory where the file should be, which nothing can rename a file over.
    try FileManager.default.createDirectory(
      atPath: kept + "/x", withIntermediateDirectories: true)
    try write("", to: "run/lock")
    let settings = ["training.keep_weights=true"]
    let ended = try train(data, "run", settings)
    XCTAssertEqual(ended.status, 74, ended.errors)
    XCTAssertTrue(ended.errors.contains(kept), ended.errors)
    XCTAssertEqual(try RunFiles(path("run")).events().last, "job-stopped")
    try FileManager.default.removeItem(atPath: kept)
    assertSuccess(try train(data, "run", settings))
  }

  func testWeightsMoveBothWays() throws {
    let data = try synthesize()
    assertSuccess(
      try train(data, "first", ["training.keep_weights=true", "training.learning_rate=0.01"]))
    let kept = path("first/folds/sub01/weights.safetensors")
    let file = try SafetensorsBytes(kept)
    let reference = try SafetensorsBytes(Self.fixtures + "/paper-shape-dim24.safetensors")
    let names = try file.names()
    XCTAssertEqual(
      Set(names.map { "param." + $0 }),
      Set(try reference.names().filter { $0.hasPrefix("param.") }))
    for name in names {
      XCTAssertEqual(try file.shape(name), try reference.shape("param." + name), name)
      XCTAssertEqual(try file.entry(name)["dtype"] as? String, "F32", name)
    }
    // The hash is over the tensors' bytes as they lie in the file.
    let first = try hash("first")
    XCTAssertEqual(SHA256.hexadecimal(of: file.body), first)
    XCTAssertEqual(file.metadata["weights_sha256"], first)

    // Steps too small to move any weight keep what was read, whatever the seed.
    let still = ["training.learning_rate=1e-30", "training.seed=5"]
    assertSuccess(try train(data, "second", still + ["training.initial_weights=\(kept)"]))
    XCTAssertEqual(try hash("second"), first)
    assertSuccess(try train(data, "drawn", still))
    XCTAssertNotEqual(try hash("drawn"), first)

    // The published model's own file, read by its keys.
    var published = reference
    for name in try published.names() where !name.hasPrefix("param.") {
      published.header[name] = nil
    }
    var body = Data()
    for name in names {
      let bytes = reference.body[try reference.range("param." + name)]
      published.header["param." + name] = nil
      published.header[name] = [
        "dtype": try XCTUnwrap(reference.entry("param." + name)["dtype"]),
        "shape": try reference.shape("param." + name),
        "data_offsets": [body.count, body.count + bytes.count],
      ]
      body += bytes
    }
    published.body = body
    try published.write(to: path("published.safetensors"))
    assertSuccess(
      try train(
        data, "third", still + ["training.initial_weights=\(path("published.safetensors"))"]))
    XCTAssertEqual(try hash("third"), SHA256.hexadecimal(of: body))
  }

  func testARunKeepsToTheWeightsThatItStartedFrom() throws {
    let data = try synthesize()
    let start = path("start.safetensors")
    for (run, seed) in [("one", 1), ("two", 2)] {
      assertSuccess(
        try train(data, run, ["training.keep_weights=true", "training.seed=\(seed)"]))
    }
    func copy(_ run: String) throws {
      try Data(contentsOf: URL(fileURLWithPath: path("\(run)/folds/sub01/weights.safetensors")))
        .write(to: URL(fileURLWithPath: start))
    }
    let settings = ["training.initial_weights=\(start)"]
    try copy("one")
    assertSuccess(try train(data, "run", settings))
    assertSuccess(try train(data, "run", settings))
    // The same path, another file: the folds of one run would start from different weights.
    try copy("two")
    let before = snapshot(of: path("run"))
    let ended = try train(data, "run", settings)
    XCTAssertEqual(ended.status, 2, ended.errors)
    XCTAssertTrue(ended.errors.contains("training.initial_weights"), ended.errors)
    XCTAssertEqual(snapshot(of: path("run")), before)
  }

  /// A start from weights of other inputs is allowed, and said.
  func testWeightsOfOtherRegionsAreSaid() throws {
    let data = try synthesize()
    assertSuccess(try train(data, "first", ["training.keep_weights=true"]))
    let kept = path("first/folds/sub01/weights.safetensors")
    let settings = ["training.initial_weights=\(kept)"]
    let same = try train(data, "same", settings)
    assertSuccess(same)
    XCTAssertFalse(same.errors.contains("warning"), same.errors)
    let other = try train(data, "other", settings + ["data.regions=whole"])
    assertSuccess(other)
    XCTAssertTrue(
      other.errors.contains(
        "htnet: warning: \(kept): its weights were trained with the regions \"published\", and this "
          + "run has \"whole\"\n"), other.errors)
  }
}
