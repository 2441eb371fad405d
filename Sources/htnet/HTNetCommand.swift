import ArgumentParser
import Console
import Files
import Foundation

/// The command line.
@main
struct HTNetCommand: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "htnet",
    abstract: "Trains HTNet for micro-expressions, leaving one subject out, over MPI.",
    discussion: """
      A first run on made-up data:
        htnet synthesize --output data/synthetic
        mpirun -n 2 htnet train --config configs/smoke.yaml \\
          --data data/synthetic --run runs/first
        htnet report runs/first

      Your own data lie in the layout of HTNet's release, or in any other with a table of the clips \
      (README.md). "htnet data check" looks at them first, and "htnet plan" says what training will take.

      Words: a fold is the training that leaves one subject out and tests on it; a run is all folds, in one \
      directory; a job is one start of htnet train, of which a run may need several; a rank is a process \
      that mpirun starts.
      """,
    version: version,
    subcommands: [
      DataCommand.self, Plan.self, Train.self, Watch.self, ReportRun.self, Verify.self,
      Synthesize.self,
      Inspect.self,
      Export.self, Predict.self,
    ])

  static func main() {
    ConsoleHandler.bootstrap()
    var hasParsed = false
    do {
      var command = try parseAsRoot()
      hasParsed = true
      try command.run()
      requireWrittenOutput()
    } catch {
      if exitCode(for: error) == .success { exit(withError: error) }
      if let status = error as? ExitCode { exit(withError: status) }
      // Wrong options and wrong input alike end with status 2 and one message.
      // What a command refuses itself comes without the usage, in one line as all that is logged.
      let refusal = hasParsed ? (error as? ValidationError)?.message : nil
      let message = refusal ?? fullMessage(for: error)
      let text = message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message
      if hasParsed {
        logger.error("\(text)")
      } else {
        // The parser's own messages have more lines than one.
        FileHandle.standardError.write(Data("htnet: \(text)\n".utf8))
      }
      guard let failure = error as? FileError, failure.isOfTheSystem else {
        Foundation.exit(ExitStatus.badInput)
      }
      logger.error("\(FileError.remedy(failure.code)), then run the same command again")
      Foundation.exit(ExitStatus.cannotWrite)
    }
  }

  /// Ends with 74 if what was printed did not arrive, unless its reader wanted no more.
  private static func requireWrittenOutput() {
    guard fflush(nil) != 0, errno != EPIPE else { return }
    logger.error("the output cannot be written: \(String(cString: strerror(errno)))")
    Foundation.exit(ExitStatus.cannotWrite)
  }
}
