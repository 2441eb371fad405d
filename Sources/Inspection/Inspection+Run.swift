import Checkpointing
import Digest
import Foundation
import RunStore

extension Inspection {
  /// Looks into a run directory: which folds are finished, which have checkpoints, is all whole.
  ///
  /// - Parameters:
  ///   - verify: Whether every file is read and its hash compared; otherwise names and sizes only.
  ///   - threads: Threads that decompress.
  /// - Throws: `RunError` if it is no run.
  public init(_ run: RunDirectory, verify: Bool, threads: Int) throws {
    self.init()
    guard run.holdsRun else { throw RunError(run.path, "holds no run: there is no config.yaml") }
    let ledger: Ledger
    do {
      ledger = try run.ledger()
    } catch {
      complain("\(error)")
      return
    }
    guard let job = ledger.lastJob else {
      say("\(run.path): a run that has been prepared, but no job has begun")
      return
    }
    var reasons: [String] = []
    let results = try run.finishedFolds { reasons.append($0) }
    say(
      "\(run.path): \(results.count) of \(job.subjects.count) folds are finished; the ledger has "
        + "\(ledger.records.count) records, \(Quantities.age(ofFile: run.ledgerPath))")
    say(
      "  last job: \(job.program) at \(job.time), \(job.machine.ranks) ranks on "
        + "\(Set(job.machine.hosts).sorted().joined(separator: ", ")), \(job.machine.cpu), kernel of products "
        + job.machine.kernel)
    say("  configuration \(job.configurationSHA256)")
    say("  data          \(job.dataSHA256)")
    for reason in reasons { complain(reason) }
    if try run.configurationSHA256() != job.configurationSHA256 {
      complain("\(run.configurationPath): is not the file that the run was begun with")
    }
    for subject in job.subjects {
      if let result = results[subject] {
        say(
          "  \(subject): finished, \(result.losses.count) epochs, weights_sha256 "
            + result.weightsSHA256)
        try inspectKeptWeights(run, result, verify: verify)
      } else if FileManager.default.fileExists(atPath: run.checkpoints(subject).manifestPath) {
        say("  \(subject): has checkpoints")
        inspect(run.checkpoints(subject), indent: "    ", verify: verify, threads: threads)
      } else {
        say("  \(subject): not begun, or without a checkpoint")
      }
    }
    if verify && problems.isEmpty { say("  every hash is right") }
  }

  private mutating func inspectKeptWeights(
    _ run: RunDirectory, _ result: FoldResult, verify: Bool
  ) throws {
    let path = run.weightsPath(result.subject)
    guard verify, FileManager.default.fileExists(atPath: path) else { return }
    do {
      let file = try SafetensorsFile(path: path)
      if try Self.weightsSHA256(file) != result.weightsSHA256 {
        complain("\(path): does not hold the weights of the fold's result")
      }
    } catch {
      complain("\(error)")
    }
  }

  /// SHA-256 over all tensors' bytes in the file's order, which is the published order.
  static func weightsSHA256(_ file: SafetensorsFile) throws -> String {
    let digest = SHA256()
    for name in file.names { digest.update(try file.tensor(name).bytes) }
    return digest.finish()
  }

  /// Looks into a fold's checkpoints.
  mutating func inspect(_ store: CheckpointStore, indent: String, verify: Bool, threads: Int) {
    let manifest: CheckpointManifest
    do {
      guard let found = try store.manifest() else { return }
      manifest = found
    } catch {
      return complain("\(error)")
    }
    if indent.isEmpty { say("\(store.manifestPath): checkpoints of fold \(manifest.subject)") }
    for generation in manifest.generations {
      say(
        indent + "generation \(generation.number): epoch \(generation.epoch), batch "
          + "\(generation.batch), \(generation.steps) steps, "
          + (generation.base.map { "difference to \($0)" } ?? "full")
          + ", \(generation.parts.count) parts, \(Quantities.size(generation.bytes)), "
          + generation.time)
      for part in generation.parts {
        let path = store.path + "/" + part.file
        do {
          if verify {
            try CheckpointPart(path: path, expected: (part.bytes, part.sha256))
              .verify(threads: threads)
          } else {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            if size != part.bytes {
              complain("\(path): has \(size ?? 0) bytes, but the manifest says \(part.bytes)")
            }
          }
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
          complain("\(path): is missing")
        } catch {
          complain("\(error)")
        }
      }
    }
  }
}
