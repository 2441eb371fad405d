import Digest
import RunStore
import XCTest
import Safetensors

/// `htnet export` takes a fold's model out of a run, or says why it cannot.
final class ExportTests: CommandLineTestCase {
  private func export(
    _ run: StoppedRun, _ fold: String, to output: String, environment: [String: String] = [:]
  ) throws -> Ended {
    try self.run(
      [Self.binary, "export", run.path, "--fold", fold, "--output", output],
      environment: environment)
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  func testAFinishedFold() throws {
    let run = try StoppedRun(self)
    let output = path("model.safetensors")
    assertSuccess(try export(run, "sub01", to: output))
    let result = try XCTUnwrap(
      JSONSerialization.jsonObject(with: XCTUnwrap(RunFiles(run.path).results["sub01"]))
        as? [String: Any])
    let hash = try XCTUnwrap(result["weights_sha256"] as? String)
    let exported = try SafetensorsBytes(output)
    let kept = try SafetensorsBytes(run.path + "/folds/sub01/weights.safetensors")
    XCTAssertEqual(SHA256.hexadecimal(of: exported.body), hash)
    XCTAssertEqual(exported.metadata["weights_sha256"], hash)
    XCTAssertEqual(try exported.names(), try kept.names())
    // All that the published class and its user need; an export says whose weights it holds, too.
    XCTAssertEqual(
      kept.metadata,
      [
        "subject": "sub01", "weights_sha256": hash, "regions": "published",
        "data_sha256": try XCTUnwrap(RunDirectory(run.path).ledger().lastJob).dataSHA256,
        "trained_on": "[\"casme2/sub02\",\"samm/001\",\"samm/002\",\"smic/s1\"]",
        "format": "release", "scaling": "raw", "precision": "float32",
        "channels": "blue (strain), green (vertical flow), red (horizontal flow)",
        "classes": "negative, positive, surprise",
        "input": "raw samples 0 to 255 as float32, [batch, 3, 28, 28]",
        "config": "{\"image_size\": 28, \"patch_size\": 7, \"num_classes\": 3, \"dim\": 6, "
          + "\"heads\": 3, \"num_hierarchies\": 3, \"block_repeats\": [1, 1, 1], \"mlp_mult\": 4, "
          + "\"channels\": 3}",
        "constructor":
          "{'image_size': 28, 'patch_size': 7, 'num_classes': 3, 'dim': 6, 'heads': 3, "
          + "'num_hierarchies': 3, 'block_repeats': (1, 1, 1), 'mlp_mult': 4, 'channels': 3, "
          + "'dim_head': 64, 'dropout': 0.0}",
      ])
    XCTAssertEqual(
      exported.metadata, kept.metadata.merging(["source": "the finished fold"]) { $1 })
    let inspected = try htnet(["inspect", output])
    assertSuccess(inspected)
    XCTAssertTrue(inspected.output.contains("have this weights_sha256"), inspected.output)

    let damaged = run.path + "/folds/sub01/weights.safetensors"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: damaged))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(fileURLWithPath: damaged))
    let refused = try export(run, "sub01", to: path("other.safetensors"))
    XCTAssertEqual(refused.status, 2)
    XCTAssertTrue(refused.errors.contains("the weights that the ledger knows"), refused.errors)
    XCTAssertFalse(exists(path("other.safetensors")))
  }

  func testARunningFold() throws {
    let run = try StoppedRun(self)
    let output = path("model.safetensors")
    let ended = try export(run, "001", to: output)
    assertSuccess(ended)
    XCTAssertTrue(ended.output.contains("tensors of the checkpoint after epoch"), ended.output)
    let exported = try SafetensorsBytes(output)
    XCTAssertEqual(
      exported.metadata["weights_sha256"], SHA256.hexadecimal(of: exported.body))
    XCTAssertEqual(
      try exported.names(),
      try SafetensorsBytes(run.path + "/folds/sub01/weights.safetensors").names())
  }

  /// Another fold's checkpoints must not pass for the asked one's.
  func testCheckpointsInTheWrongPlace() throws {
    let run = try StoppedRun(self, others: ["s1"])
    let none = try export(run, "s1", to: path("model.safetensors"))
    XCTAssertEqual(none.status, 2)
    XCTAssertTrue(none.errors.contains("neither a result nor a checkpoint"), none.errors)
    let copied = run.path + "/folds/s1"
    try FileManager.default.createDirectory(atPath: copied, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: run.path + "/folds/001/checkpoint", toPath: copied + "/checkpoint")
    let refused = try export(run, "s1", to: path("model.safetensors"))
    XCTAssertEqual(refused.status, 2)
    let words = "checkpoint/manifest.json: is of another fold (001 there, s1 here)"
    XCTAssertTrue(refused.errors.contains(words), refused.errors)
    XCTAssertFalse(exists(path("model.safetensors")))
    let inspected = try htnet(["inspect", run.path])
    XCTAssertEqual(inspected.status, 1)
    XCTAssertTrue(inspected.output.contains(words), inspected.output)
  }

  /// A checkpoint of another configuration would be a foreign model under this run's name.
  func testCheckpointsOfAnotherConfiguration() throws {
    let run = try StoppedRun(self)
    let manifest = RunFiles(run.path).manifestPath("001")
    let text = try String(contentsOfFile: manifest, encoding: .utf8)
    let content = try XCTUnwrap(text.firstMatch(of: /\{"manifest":(.+),"sha256":"[0-9a-f]+"\}\n/))
    let other = String(content.1).replacing(
      /"configurationSHA256":"[0-9a-f]+"/,
      with: "\"configurationSHA256\":\"\(String(repeating: "0", count: 64))\"")
    try "{\"manifest\":\(other),\"sha256\":\"\(SHA256.hexadecimal(of: Data(other.utf8)))\"}\n"
      .write(
        toFile: manifest, atomically: false, encoding: .utf8)
    let words = "manifest.json: is of another configuration (000000000000 there, "
    let refused = try export(run, "001", to: path("model.safetensors"))
    XCTAssertEqual(refused.status, 2)
    XCTAssertTrue(refused.errors.contains(words), refused.errors)
    let inspected = try htnet(["inspect", run.path, "--verify"])
    XCTAssertEqual(inspected.status, 1)
    XCTAssertTrue(inspected.output.contains(words), inspected.output)
    // A lost one is said too, since a fold begins anew.
    try FileManager.default.removeItem(atPath: manifest)
    let lost = try htnet(["inspect", run.path])
    XCTAssertTrue(lost.output.contains("of which none counts"), lost.output)
    let child = try startHtnet(run.command)
    try child.waitUntil("the warning of") { child.errors.contains("is missing beside") }
    child.signal(SIGUSR1)
    XCTAssertEqual(try child.wait(), 75, child.errors)
    XCTAssertTrue(child.errors.contains("fold 001 starts from its first epoch"), child.errors)
  }

  /// What cannot be read now may be whole: nothing older takes its place, and it is not called damaged.
  func testACheckpointThatCannotBeReadNow() throws {
    let run = try StoppedRun(self)
    let part = try RunFiles(run.path).newestPart("001")
    for number in 1...2 {
      let refused = try export(
        run, "001", to: path("model.safetensors"),
        environment: fault("read", number, "eio", in: part, stays: true))
      XCTAssertTrue(faultHappened)
      XCTAssertEqual(refused.status, 74, refused.errors)
      XCTAssertTrue(refused.errors.contains("Input/output error"), refused.errors)
      XCTAssertFalse(exists(path("model.safetensors")))
      for target in [run.path, part] {
        let inspected = try self.run(
          [Self.binary, "inspect", "--verify", target],
          environment: fault("read", number, "eio", in: part, stays: true))
        XCTAssertEqual(inspected.status, 74, inspected.output)
        XCTAssertTrue(inspected.output.contains("CANNOT BE READ: " + part), inspected.output)
        XCTAssertFalse(inspected.output.contains("DAMAGED"), inspected.output)
      }
    }
  }

  func testAFoldWhoseWeightsAreNotThere() throws {
    let run = try StoppedRun(self)
    assertSuccess(try htnet(run.command + ["--set", "training.keep_weights=false"]))
    let output = path("model.safetensors")
    let notKept = try export(run, "001", to: output)
    XCTAssertEqual(notKept.status, 2)
    for part in [
      "001/weights.safetensors: is not there", "training.keep_weights was false", "--run",
      "--set training.keep_weights=true --set folds.include=[001]",
    ] {
      XCTAssertTrue(notKept.errors.contains(part), "no \(part) in \(notKept.errors)")
    }
    try FileManager.default.removeItem(atPath: run.path + "/folds/sub01/weights.safetensors")
    let gone = try export(run, "sub01", to: output)
    XCTAssertEqual(gone.status, 2)
    XCTAssertTrue(gone.errors.contains("were kept, but the file is gone"), gone.errors)
    XCTAssertFalse(exists(output))
  }

  func testWrongRequests() throws {
    let run = try StoppedRun(self)
    let unknown = try export(run, "sub99", to: path("model.safetensors"))
    XCTAssertEqual(unknown.status, 2)
    XCTAssertTrue(
      unknown.errors.contains("has no fold \"sub99\"; its folds are sub01, 001"), unknown.errors)
    for output in [path("none/model.safetensors"), "/proc/model.safetensors"] {
      let refused = try export(run, "sub01", to: output)
      XCTAssertEqual(refused.status, 2)
      XCTAssertTrue(
        refused.errors.hasPrefix("htnet: \(output): cannot create the file: "), refused.errors)
      XCTAssertFalse(exists(output))
    }
    // What is no earlier export stays.
    let before = snapshot(of: run.path)
    for output in ["ledger.jsonl", "config.yaml", "folds/sub01/weights.safetensors"] {
      let refused = try export(run, "sub01", to: run.path + "/" + output)
      XCTAssertEqual(refused.status, 2)
      XCTAssertTrue(
        refused.errors.contains("\(output): is there and no earlier export"), refused.errors)
    }
    XCTAssertEqual(snapshot(of: run.path), before)
    for _ in 1...2 { assertSuccess(try export(run, "sub01", to: path("model.safetensors"))) }
  }

  func testAFullDisk() throws {
    let run = try StoppedRun(self)
    let output = path("out/model.safetensors")
    try FileManager.default.createDirectory(
      atPath: path("out"), withIntermediateDirectories: false)
    let ended = try export(
      run, "sub01", to: output,
      environment: fault("write", 1, "enospc", in: path("out"), stays: true))
    XCTAssertEqual(ended.status, 74, ended.errors)
    for part in [
      output + ": cannot write", "No space left", "free some space", "run the same command",
    ] {
      XCTAssertTrue(ended.errors.contains(part), "no \(part) in \(ended.errors)")
    }
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: path("out")), [])

    let report = try self.run(
      [Self.binary, "report", run.path],
      environment: fault("write", 1, "enospc", in: run.path, stays: true))
    XCTAssertEqual(report.status, 74, report.errors)
    XCTAssertTrue(report.errors.contains("free some space"), report.errors)
    XCTAssertTrue(report.errors.contains(run.path + "/report"), report.errors)
  }
}
