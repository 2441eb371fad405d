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
    try write("{\"host\":\"here\",\"pid\":1,\"since\":\"then\"}", to: "run/lock")
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

  /// Weights know whom they have seen, and start no fold that leaves one of these out.
  func testASubjectDoesNotLeakThroughAStart() throws {
    let data = try synthesize()
    assertSuccess(try train(data, "first", ["training.keep_weights=true"]))
    let kept = path("first/folds/sub01/weights.safetensors")
    let start = "training.initial_weights=\(kept)"
    let refusal =
      "htnet: \(kept): its weights were trained on the very subjects that folds of this "
      + "run leave out: "
    func assertRefused(_ settings: [String], _ words: String, line: UInt = #line) throws {
      let ended = try train(data, "other", settings)
      XCTAssertEqual(ended.status, 2, ended.errors, line: line)
      XCTAssertEqual(ended.errors, refusal + words + "\n", line: line)
    }
    let other = ", or name other training.initial_weights"
    try assertRefused(
      [start, "folds.include=[]"],
      "001, s1, sub02, 002; it can start sub01: set folds.include to what it can start" + other)
    try assertRefused(
      [start, "folds.include=002"], "002; it can start no fold of this run" + other)
    // The same people with another composition of the input, which has another digest.
    try assertRefused(
      [start, "folds.include=002", "data.regions=whole"],
      "002; it can start no fold of this run" + other)

    // What a start has seen stays seen: here by way of a second training, of people of its own.
    let elsewhere = try synthesize("elsewhere", seed: 2)
    let table = elsewhere + "/combined_3_class2_for_optical_flow.csv"
    for file in [table, elsewhere + "/landmarks.csv"] {
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try text.replacing("casme2,", with: "other,").replacing("samm,", with: "third,")
        .replacing("smic,", with: "fourth,")
        .write(toFile: file, atomically: false, encoding: .utf8)
    }
    assertSuccess(try train(elsewhere, "second", [start, "training.keep_weights=true"]))
    let second = path("second/folds/sub01/weights.safetensors")
    XCTAssertEqual(
      try SafetensorsBytes(second).metadata["trained_on"],
      "[\"casme2/sub02\",\"fourth/s1\",\"other/sub02\",\"samm/001\",\"samm/002\",\"smic/s1\","
        + "\"third/001\",\"third/002\"]")
    XCTAssertEqual(
      try SafetensorsBytes(second).metadata["classes"], "class 0, class 1, class 2")
    let exported = try htnet([
      "export", path("second"), "--fold", "sub01", "--output", path("second.safetensors"),
    ])
    assertSuccess(exported)
    XCTAssertEqual(
      try SafetensorsBytes(path("second.safetensors")).metadata["trained_on"],
      try SafetensorsBytes(second).metadata["trained_on"])
    let chained = try train(
      data, "other", ["training.initial_weights=\(second)", "folds.include=s1"])
    XCTAssertEqual(chained.status, 2, chained.errors)
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("other")))

    let report = try htnet(["report", path("second")])
    assertSuccess(report)
    let digest = SHA256.hexadecimal(of: try Data(contentsOf: URL(fileURLWithPath: kept)))
    XCTAssertTrue(
      report.output.contains(
        "\nEvery fold started from the weights of a file (SHA-256 \(digest.prefix(12))…), trained on 4 "
          + "subjects, none of them a test subject.\n"), report.output)
  }

  /// A file of another origin may start any fold; that nobody knows what it has seen is said.
  func testAStartOfUnknownOriginIsSaid() throws {
    let data = try synthesize()
    assertSuccess(try train(data, "first", ["training.keep_weights=true"]))
    var file = try SafetensorsBytes(path("first/folds/sub01/weights.safetensors"))
    // As an older program wrote it: it says its fold, and starts no other.
    let foreign = path("foreign.safetensors")
    file.metadata["trained_on"] = nil
    try file.write(to: foreign)
    let settings = ["training.initial_weights=\(foreign)", "training.keep_weights=true"]
    let refused = try train(data, "old", settings + ["folds.include=002"])
    XCTAssertEqual(refused.status, 2, refused.errors)
    file.metadata = [:]
    try file.write(to: foreign)
    let ended = try train(data, "run", settings)
    assertSuccess(ended)
    XCTAssertTrue(
      ended.errors.contains(
        "htnet: warning: \(foreign): its metadata do not say whose clips its weights were trained on; "
          + "if a test subject was among them, the scores leave nobody out\n"), ended.errors)
    let report = try htnet(["report", path("run")])
    XCTAssertTrue(
      report.output.contains(
        "which does not say what it was trained on:\nif that was a test subject's clips too, no score "
          + "here leaves that subject out.\n"), report.output)
    // Nor do those that began there.
    XCTAssertEqual(
      try SafetensorsBytes(path("run/folds/sub01/weights.safetensors")).metadata["trained_on"],
      "[\"casme2/sub02\",\"samm/001\",\"samm/002\",\"smic/s1\",\"unknown\"]")
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
    let scaled = try train(data, "scaled", settings + ["data.scaling=standard"])
    assertSuccess(scaled)
    XCTAssertTrue(
      scaled.errors.contains(
        "its weights were trained with the input \"raw samples 0 to 255 as float32, [batch, 3, 28, 28]\", "
          + "and this run has \"samples, scaled as 'scaling' says, of 0 to 255 as float32, [batch, 3, 28, "
          + "28]\"\n"), scaled.errors)
  }
}
