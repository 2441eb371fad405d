import ArgumentParser
import Console
import Evaluation
import Foundation
import Reporting
import RunStore

struct ReportRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Pools the predictions of a run's folds and scores them.",
    discussion: """
      Needs the run directory only. Prints the table, then writes these files into its report/: \
      \(Report.fileNames.joined(separator: ", ")). A run that is not complete gives a report that says \
      PARTIAL; the exit status is 0 then too, since that is what was asked for.

      Protocols, which say what epoch's model speaks for a fold:
      \(EvaluationProtocol.allCases.map { "  \($0.rawValue): \($0.explanation)" }.joined(separator: "\n"))

      Example:
        htnet report runs/small
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  func run() throws {
    let directory = RunDirectory(path)
    let report = try Report(directory) {
      logger.warning("\($0)")
    }
    print(report.text)
    try report.write(to: directory)
    print("\nwritten: \(directory.reportPath)/" + Report.fileNames.joined(separator: ", "))
  }
}
