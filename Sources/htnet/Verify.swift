import ArgumentParser
import Console
import Foundation
import HTNetModel
import Kernels
import Safetensors
import Training

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares this program's HTNet with reference files of the published one.",
    discussion: """
      A reference file is a safetensors file that the published code has computed: weights, input, logits, \
      loss, gradients and steps of Adam, or a fold of real data (then --data names the release). Prints \
      one row a quantity: the worst relative error and its tolerance. The exit status is 1 if any error is \
      larger.

      Example:
        htnet verify Tests/HTNetModelTests/Fixtures/*.safetensors
      """)

  @Argument(help: ArgumentHelp("Reference files.", valueName: "file"))
  var files: [String]

  @Option(
    name: .long,
    help: ArgumentHelp("The release's directory, for files that hold a fold.", valueName: "dir"))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Of matrix products: float32, or bf16, which has looser tolerances.", valueName: "precision"))
  var precision = ProductPrecision.float32

  func run() throws {
    let context = CPUBackend<Float>(
      threads: ProcessInfo.processInfo.activeProcessorCount,
      products: try ProductKernel.best(precision))
    var passes = true
    for path in files {
      let rows = try check(SafetensorsFile(path: path), context)
      print(path)
      for row in rows {
        let figure = String(format: "%10.2e  %8.1e", row.error, row.tolerance)
        let quantity = row.quantity.padding(toLength: 42, withPad: " ", startingAt: 0)
        print("  \(row.passes ? "ok  " : "FAIL")  \(quantity)\(figure)  \(row.worst)")
        passes = passes && row.passes
      }
    }
    if !passes { throw ExitCode(ExitStatus.checkFailed) }
  }

  private func check(_ file: SafetensorsFile, _ context: CPUBackend<Float>) throws
    -> [ReferenceCheckRow]
  {
    guard FoldReferenceCheck.describes(file) else {
      return try ReferenceCheck(file, context: context).run()
    }
    guard let data else {
      throw SafetensorsError(
        file: file.file, reason: "holds a fold of real data: name the release with --data")
    }
    return try FoldReferenceCheck(file, data: data, context: context).run()
  }
}

extension ProductPrecision: ExpressibleByArgument {}
