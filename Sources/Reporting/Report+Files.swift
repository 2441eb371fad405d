import Files
import Foundation
import RunStore

extension Report {
  /// A file of a report.
  private struct Form: Sendable {
    let name: String
    let data: @Sendable (Report, Guesses) throws -> Data
  }

  private static let forms = [
    Form(name: "report.md") { report, _ in Data(report.markdown.utf8) },
    Form(name: "report.json") { try $0.json($1) },
    Form(name: "report.tex") { report, _ in Data(report.tex.utf8) },
    Form(name: "predictions.csv") { report, _ in report.predictions() },
    Form(name: "curves.csv") { report, _ in report.curves() },
    Form(name: "report.html") { $0.page($1) },
  ]

  /// The names of a report's files.
  public static var fileNames: [String] { forms.map(\.name) }

  /// Writes all files of the report into the run's `report/`.
  public func write(to run: RunDirectory) throws { try write(into: run.reportPath) }

  /// Writes all files of the report into a directory, which is made if it is not there.
  public func write(into directory: String) throws {
    try AtomicFile.makeDirectory(directory)
    let guesses = Guesses(self)
    for form in Self.forms {
      try AtomicFile.write(form.data(self, guesses), to: directory + "/" + form.name)
    }
  }
}
