import ArgumentParser
import Foundation
import Inspection
import RunStore

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says what is in a run or one of its files, and whether it is whole.",
    discussion: """
      Of a run: which folds are finished, which have checkpoints, of which epoch, how large and how \
      old. Files: parts of a checkpoint (.safetensors.zst), manifest.json, ledger.jsonl, result.json \
      and .safetensors. Without --verify, names and sizes are compared; with it, every hash and \
      checksum. The exit status is 1 if anything is damaged or missing.
      """)

  @Argument(help: ArgumentHelp("A run directory or a file.", valueName: "file or run"))
  var path: String

  @Flag(help: "Reads everything and compares every hash.")
  var verify = false

  func run() throws {
    let threads = ProcessInfo.processInfo.activeProcessorCount
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    let inspection =
      exists && isDirectory.boolValue
      ? try Inspection(RunDirectory(path), verify: verify, threads: threads)
      : try Inspection(file: path, verify: verify, threads: threads)
    for line in inspection.lines { print(line) }
    if !inspection.problems.isEmpty { throw ExitCode(1) }
  }
}
