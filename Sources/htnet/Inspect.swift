import ArgumentParser
import Configuration
import Console
import Files
import Foundation
import Inspection
import RunStore

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says what is in a run or one of its files, and whether it is whole.",
    discussion: """
      Of a run: which folds are finished, which have checkpoints, of which epoch, how large and how \
      old. Of a fold's directory of checkpoints: those that it holds. Files: parts of a checkpoint \
      (.safetensors.zst), manifest.json, ledger.jsonl, result.json, metrics.jsonl and .safetensors. \
      Without --verify, names and sizes are compared; with it, every hash and checksum. The exit status \
      is 1 if anything is damaged or missing, otherwise 74 if a file cannot be read for now. A job may go \
      on meanwhile: what it replaces, and what a newer program wrote, is not judged.

      Examples:
        htnet inspect runs/small
        htnet inspect runs/small --verify
        htnet inspect runs/small/folds/sub03/checkpoint
      """)

  @Argument(
    help: ArgumentHelp(
      "A run directory, a fold's checkpoint directory or a file.", valueName: "file or run"))
  var path: String

  @Flag(help: "Reads everything, and compares every hash and checksum.")
  var verify = false

  func run() throws {
    let depth = Inspection.Depth(
      verify: verify, threads: ProcessInfo.processInfo.activeProcessorCount)
    if try FileKind.of(path) == .file { try FileKind.requireFile(path) }
    let manifest = path + "/manifest.json"
    let inspection =
      switch try FileKind.of(path) {
      case .directory where try FileKind.of(manifest) != nil: try Inspection(file: manifest, depth)
      case .directory: try inspect(RunDirectory(path), depth)
      default: try Inspection(file: path, depth)
      }
    for line in inspection.lines { print(line) }
    if !inspection.problems.isEmpty { throw ExitCode(ExitStatus.checkFailed) }
    if inspection.hasUnreadable { throw ExitCode(ExitStatus.cannotWrite) }
  }

  private func inspect(_ run: RunDirectory, _ depth: Inspection.Depth) throws -> Inspection {
    // Whether the configuration is whole is the inspection's own business.
    let configurations = try? TaskConfigurations(
      RunConfiguration(yaml: run.configuration(), file: run.configurationPath))
    return try Inspection(
      run, epochs: { configurations?[$0]?.training.epochs },
      configurationSHA256: {
        configurations?[$1]?.resultSHA256(
          initialWeightsSHA256: $0.initialWeightsSHA256)
      }, depth)
  }
}
