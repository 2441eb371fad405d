import Digest
import Files
import Foundation
import Tasks

/// The append-only history of a run, a JSON object a line. One process writes it.
///
/// Each line ends with `"sum"`: 16 hexadecimal digits of the SHA-256 over the line before it (its
/// sum) and this line without its own. So a changed, lost or moved line is noticed.
public struct Ledger: Sendable {
  public let records: [LedgerRecord]
  /// The last finishing record of each task.
  public let finished: [TaskKey: LedgerRecord.FoldFinished]
  /// The folds that failed and that no job has begun again since, by task.
  public let failed: [TaskKey: Failure]
  /// The last beginning of each task that has not finished since.
  public let begun: [TaskKey: Beginning]
  /// Bytes of whole lines; what follows is the torn end of a write that a crash cut.
  let wholeBytes: Int
  let tornBytes: Int
  /// Of the file when it was read.
  public var bytes: Int { wholeBytes + tornBytes }
  /// The last line's sum.
  let sum: String

  /// Reads a ledger; a missing file is an empty one.
  ///
  /// - Throws: `RunError` naming a damaged line or a later format, `FileError` if nobody can say what
  ///   it holds. A torn last line is no damage.
  public init(path: String) throws {
    try self.init(AtomicFile.read(path) ?? Data(), path: path)
  }

  private init(_ data: Data, path: String) throws {
    var lines = LedgerLines(path: path)
    let (records, bytes) = try lines.records(data)
    self.records = records
    finished = Self.finished(records)
    failed = Self.failed(records)
    begun = Self.begun(records)
    sum = lines.sum
    wholeBytes = bytes
    tornBytes = data.count - bytes
  }

  /// A record's object with its sum, as it stands in the file after the line whose sum is `sum`,
  /// which becomes this line's.
  package static func sealed(_ object: Data, after sum: inout String) -> Data {
    sum = Self.sum(object, after: sum)
    return object.dropLast() + Data(",\"sum\":\"\(sum)\"}\n".utf8)
  }

  /// The object of a line; nil if it is not the line that was written.
  static func unsealed(_ line: Data, after sum: inout String) -> Data? {
    let tail = Data(",\"sum\":\"0123456789abcdef\"}".utf8).count
    guard line.count > tail else { return nil }
    let object = line.dropLast(tail) + [UInt8(ascii: "}")]
    var next = sum
    guard sealed(object, after: &next).dropLast() == line else { return nil }
    sum = next
    return object
  }

  private static func sum(_ object: Data, after sum: String) -> String {
    String(SHA256.hexadecimal(of: Data(sum.utf8) + object).prefix(16))
  }

  /// What the last job that began said about the run.
  public var lastJob: LedgerRecord.JobStarted? {
    for case .jobStarted(let record) in records.reversed() { return record }
    return nil
  }

  /// Of the run; nil before its first job.
  public var format: Int? { lastJob?.format }
}

/// Appends to a ledger; each record is on the disk when `append` returns.
public final class LedgerWriter {
  private let path: String
  private let file: Int32
  /// Bytes of the records that are whole and synced.
  private var wholeBytes: Int
  private var sum: String
  private var isTorn: Bool

  /// Opens the ledger, cutting off a torn last line.
  public init(path: String) throws {
    let ledger = try Ledger(path: path)
    self.path = path
    wholeBytes = ledger.wholeBytes
    sum = ledger.sum
    isTorn = ledger.tornBytes > 0
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw FileError(path: path, operation: "open the ledger for writing") }
    try mend()
    try AtomicFile.syncDirectory(AtomicFile.parent(of: path))
  }

  deinit { close(file) }

  /// Adds a record.
  ///
  /// - Throws: `FileError`. The ledger is then as it was: what was written of the record is cut off
  ///   at once or, if the disk does not allow even that, before the next record.
  public func append(_ record: LedgerRecord) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var sum = self.sum
    let line = Ledger.sealed(try encoder.encode(record), after: &sum)
    try mend()
    do {
      try AtomicFile.writeAll(line, to: file, path: path)
      // After a failed sync the kernel forgets which pages were lost: the record does not count.
      guard fsync(file) == 0 else { throw FileError(path: path, operation: "sync the ledger") }
    } catch {
      isTorn = true
      try? mend()
      throw error
    }
    wholeBytes += line.count
    self.sum = sum
  }

  private func mend() throws {
    guard isTorn else { return }
    guard ftruncate(file, off_t(wholeBytes)) == 0 else {
      throw FileError(path: path, operation: "cut the torn last line")
    }
    isTorn = false
  }
}
