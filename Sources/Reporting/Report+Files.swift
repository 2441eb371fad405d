import Files
import Foundation
import RunStore

extension Report {
  /// Writes `report.json`, `report.md` and `predictions.csv` into the run's `report/`.
  public func write(to run: RunDirectory) throws {
    try AtomicFile.makeDirectory(run.reportPath)
    try AtomicFile.write(try json(), to: run.reportPath + "/report.json")
    try AtomicFile.write(csv(), to: run.reportPath + "/predictions.csv")
    try AtomicFile.write(Data(markdown.utf8), to: run.reportPath + "/report.md")
  }
}
