import Files
import Foundation
import RunStore

extension Report {
  /// A file of a report.
  private struct Form: Sendable {
    let name: String
    let data: @Sendable (Report) throws -> Data
  }

  private static let forms = [
    Form(name: "report.md") { Data($0.markdown.utf8) },
    Form(name: "report.json") { try $0.json() },
    Form(name: "report.tex") { Data($0.tex.utf8) },
    Form(name: "predictions.csv") { $0.predictions() },
    Form(name: "curves.csv") { $0.curves() },
    Form(name: "report.html") { $0.page() },
  ]

  /// The names of a report's files.
  public static var fileNames: [String] { forms.map(\.name) }

  /// Writes all files of the report into the run's `report/`.
  public func write(to run: RunDirectory) throws { try write(into: run.reportPath) }

  /// Writes all files of the report into a directory, which is made if it is not there.
  public func write(into directory: String) throws {
    try AtomicFile.makeDirectory(directory)
    for form in Self.forms {
      try AtomicFile.write(form.data(self), to: directory + "/" + form.name)
    }
  }
}
