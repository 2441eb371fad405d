import Checkpointing
import Foundation

/// The append-only history of a run, a JSON object a line. One process writes it.
public struct Ledger: Sendable {
  public let records: [LedgerRecord]
  /// Bytes of whole lines; what follows is the torn end of a write that a crash cut.
  let wholeBytes: Int
  let tornBytes: Int

  /// Reads a ledger; a missing file is an empty one.
  ///
  /// - Throws: `RunError` naming a damaged line. A torn last line is no damage.
  public init(path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      records = []
      wholeBytes = 0
      tornBytes = 0
      return
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw RunError(path, "cannot be read")
    }
    let end = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    var records: [LedgerRecord] = []
    for (index, line) in data[..<end].split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).dropLast().enumerated() {
      do {
        records.append(try JSONDecoder().decode(LedgerRecord.self, from: line))
      } catch {
        throw RunError(
          "\(path):\(index + 1)",
          "is damaged, so what the run has done cannot be trusted; restore "
            + "the file from a copy, or start again in another run directory")
      }
    }
    self.records = records
    wholeBytes = end
    tornBytes = data.count - end
  }

  /// What the last job that began said about the run.
  public var lastJob: LedgerRecord.JobStarted? {
    for case .jobStarted(let record) in records.reversed() { return record }
    return nil
  }

  /// The last finishing record of each subject.
  public var finished: [String: LedgerRecord.FoldFinished] {
    var finished: [String: LedgerRecord.FoldFinished] = [:]
    for case .foldFinished(let record) in records { finished[record.subject] = record }
    return finished
  }
}

/// Appends to a ledger; each record is on the disk when `append` returns.
public final class LedgerWriter {
  private let path: String
  private let file: Int32

  /// Opens the ledger, cutting off a torn last line.
  public init(path: String) throws {
    let ledger = try Ledger(path: path)
    self.path = path
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileError(path: path, operation: "open the ledger for writing") }
    if ledger.tornBytes > 0, ftruncate(file, off_t(ledger.wholeBytes)) != 0 {
      throw FileError(path: path, operation: "cut the torn last line")
    }
    try AtomicFile.syncDirectory((path as NSString).deletingLastPathComponent)
  }

  deinit { close(file) }

  public func append(_ record: LedgerRecord) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.writeAll(
      encoder.encode(record) + [UInt8(ascii: "\n")], to: file, path: path)
    guard fsync(file) == 0 else { throw FileError(path: path, operation: "sync the ledger") }
  }
}
