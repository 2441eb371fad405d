import Files
import Foundation

/// Follows the ledger of a run that goes on: each time only the lines that are new are read.
public struct LedgerReader: Sendable {
  private let path: String
  private var lines: LedgerLines
  private var bytes = 0

  public init(_ directory: RunDirectory) {
    path = directory.ledgerPath
    lines = LedgerLines(path: path)
  }

  /// The records since the last call.
  ///
  /// - Throws: `RunError` naming a damaged line or a later format, `FileError`.
  public mutating func news() throws -> [LedgerRecord] {
    guard let data = try AtomicFile.read(path, from: bytes), !data.isEmpty else { return [] }
    let (records, count) = try lines.records(data)
    bytes += count
    return records
  }
}
