import Checkpointing
import Digest
import Files
import Foundation
import RunStore
import Safetensors
import Wording

extension Inspection {
  /// Looks into one file: of a checkpoint, a manifest, a ledger, a fold's result or safetensors.
  ///
  /// - Throws: `CheckpointError` if it is none of these or not there.
  public init(file path: String, _ depth: Depth) throws {
    self.init()
    let name = (path as NSString).lastPathComponent
    do {
      guard let start = try AtomicFile.read(path, limit: 4) else { throw NoFile() }
      let isFrame = start == Data([0x28, 0xB5, 0x2F, 0xFD])
      switch name {
      case _ where isFrame || name.hasSuffix(".zst"):
        try inspectPart(path, depth)
      case _ where name.hasSuffix(".safetensors"):
        try inspectSafetensors(path)
      case "metrics.jsonl":
        try inspectMetrics(path)
      case "progress.json":
        say("\(path): what a job says of itself while it trains; \"htnet watch\" shows it")
      case _ where name.contains(".tfevents."):
        say("\(path): an event file, for TensorBoard; it follows from the training's metrics.jsonl")
      case _ where name.hasSuffix(".jsonl"):
        let ledger = try Ledger(path: path)
        say("\(path): a run's ledger, \(counted(ledger.records.count, "record")), whole")
        if let text = ledger.records.passedOver(path) { say("  \(text)") }
      case "manifest.json":
        inspectManifest(path, depth)
      case "result.json":
        try inspectResult(path)
      default:
        throw UnknownFile()
      }
    } catch is NoFile {
      throw CheckpointError(path, "there is no such file or run")
    } catch is UnknownFile {
      throw CheckpointError(
        path,
        "is no file of htnet: name a run, a checkpoint, a manifest.json, a ledger.jsonl, a "
          + "result.json, a metrics.jsonl or a .safetensors file")
    } catch {
      complain(of: error)
    }
  }

  private struct NoFile: Error {}
  private struct UnknownFile: Error {}

  private mutating func inspectManifest(_ path: String, _ depth: Depth) {
    let store = CheckpointStore(AtomicFile.parent(of: path))
    let isThere = inspect(store, epochs: nil, depth, indent: "  ") { manifest in
      "\(path): checkpoints of " + (manifest.map { "fold \($0.task)" } ?? "a fold")
    }
    if !isThere { say("\(path): was removed a moment ago, as at the end of a fold") }
  }

  private mutating func inspectPart(_ path: String, _ depth: Depth) throws {
    let part = try CheckpointPart(path: path)
    say(
      "\(path): a part of a checkpoint, \(Quantities.size(part.bytes)) in "
        + "\(counted(part.frameCount, "zstd frame")), \(Quantities.size(part.contentBytes)) inside, "
        + Quantities.age(ofFile: path))
    say("  SHA-256 \(part.sha256)")
    if let epoch = part.metadata["epoch"].flatMap(Int.init),
      let batch = part.metadata["batch"].flatMap(Int.init)
    {
      say("  written \(Quantities.position(epoch: epoch, batch: batch, of: nil))")
    }
    for key in [
      "split", "subject", "setting", "seed", "generation", "base", "part", "parts", "elements",
      "steps",
      "cpu", "kernel", "configuration_sha256", "data_sha256", "config",
    ] {
      if let value = part.metadata[key] { say("  \(key): \(value)") }
    }
    for name in part.names {
      if let tensor = part.tensor(name) {
        say("  \(name): \(tensor.type.rawValue) \(tensor.shape)")
      }
    }
    if depth.verify {
      try part.verify(threads: depth.threads)
      say("  every frame's checksum is right")
    }
  }

  private mutating func inspectSafetensors(_ path: String) throws {
    let file = try SafetensorsFile(path: path)
    let tensors = try file.names.map { try file.tensor($0) }
    say(
      "\(path): safetensors, \(counted(tensors.count, "tensor")), "
        + "\(Quantities.size(tensors.reduce(0) { $0 + $1.bytes.count })), "
        + Quantities.age(ofFile: path))
    for (key, value) in file.metadata.sorted(by: { $0.key < $1.key }) {
      say("  \(key): \(value.prefix(200))")
    }
    for tensor in tensors { say("  \(tensor.name): \(tensor.type.rawValue) \(tensor.shape)") }
    try checkWeights(file)
  }

  /// Compares kept weights with the hash that their own metadata gives.
  private mutating func checkWeights(_ file: SafetensorsFile) throws {
    guard let expected = file.metadata["weights_sha256"] else { return }
    if try Self.weightsSHA256(file) == expected {
      say("  the tensors have this weights_sha256")
    } else {
      complain("\(file.file): its tensors do not have the weights_sha256 that it names")
    }
  }

  /// SHA-256 over all tensors' bytes in the file's order, which is the published order.
  static func weightsSHA256(_ file: SafetensorsFile) throws -> String {
    let digest = SHA256()
    for name in file.names { digest.update(try file.tensor(name).bytes) }
    return digest.finish()
  }

  private mutating func inspectMetrics(_ path: String) throws {
    guard let data = try AtomicFile.read(path) else { throw NoFile() }
    let (epochs, bytes) = EpochMetrics.read(data)
    say(
      "\(path): epochs of a training, \(counted(epochs.count, "whole line")), "
        + Quantities.age(ofFile: path))
    if let last = epochs.last { say("  epoch \(last.epoch): loss \(last.loss)") }
    if data.dropFirst(bytes).contains(UInt8(ascii: "\n")) {
      complain("\(path):\(epochs.count + 1): is no epoch's line, or does not follow the one before")
    } else if bytes < data.count {
      say("  its last line is torn, or still being written: whoever trains the fold on mends it")
    }
  }

  private mutating func inspectResult(_ path: String) throws {
    let result: TaskResult
    do {
      guard let data = try AtomicFile.read(path) else { throw NoFile() }
      result = try TaskResult(file: data)
    } catch let newer as RunFormat.Newer {
      say("\(path): not judged: it \(newer)")
      isUnsettled = true
      return
    } catch is DecodingError {
      throw CheckpointError(path, "is no fold's result, or is damaged")
    }
    say(
      "\(path): the result of fold \(result.task), \(counted(result.losses.count, "epoch")), "
        + "\(counted(result.clips.count, "test clip")), weights_sha256 \(result.weightsSHA256); only the run's "
        + "ledger knows whether it is the one that was written: inspect the run")
  }
}
