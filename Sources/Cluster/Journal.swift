import Console
import Files
import Foundation
import RunStore

/// What a job writes into its run directory: ledger and results, by one writer.
///
/// What cannot be written ends the job in good order, so a failure is said once and remembered.
final class Journal {
  let directory: RunDirectory
  private let ledger: LedgerWriter
  /// What could not be written; nil: everything was.
  private(set) var failure: FileError?

  /// Why a job stops that cannot write.
  static let cannotWrite = "results cannot be written"

  init(_ directory: RunDirectory, _ ledger: LedgerWriter) {
    self.directory = directory
    self.ledger = ledger
  }

  /// Appends a record.
  ///
  /// - Returns: Whether it is on disk.
  func record(_ record: LedgerRecord) -> Bool { attempt { try ledger.append(record) } }

  /// Appends why the job ends. Without this line a job looks as if it had crashed; nothing else
  /// is lost if it cannot be written.
  func end(_ reason: String) {
    try? ledger.append(.jobStopped(.init(time: LedgerRecord.now, reason: reason)))
  }

  /// Writes a fold's result and, when it is on the disk, the ledger's word that it is done.
  ///
  /// - Returns: Whether both are on disk.
  func keep(_ result: TaskResult, seconds: Double, weightsKept: Bool) -> Bool {
    attempt {
      let hash = try directory.write(result)
      try ledger.append(
        .foldFinished(
          .init(
            time: LedgerRecord.now, task: result.task, seconds: seconds, resultSHA256: hash,
            weightsSHA256: result.weightsSHA256, weightsKept: weightsKept)))
    }
  }

  /// Writes something without which the job must not go on.
  ///
  /// - Returns: Whether it is on disk.
  private func attempt(_ write: () throws -> Void) -> Bool {
    do {
      try write()
      return true
    } catch {
      fail(error)
      return false
    }
  }

  /// Says loudly what to do about what cannot be written, which only the first failure needs.
  func fail(_ error: any Error) {
    let cause = error as? FileError
    if failure == nil {
      logger.error("\(error)")
      logger.error(
        """
        \(Self.cannotWrite); every finished fold is safe: \(FileError.remedy(cause?.code)), then run \
        the same command again
        """)
    }
    failure = failure ?? cause ?? FileError(path: directory.path, operation: "write", code: EIO)
  }
}
