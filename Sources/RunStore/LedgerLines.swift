import Foundation

/// Takes a ledger's lines one after another, each by the one before it.
struct LedgerLines: Sendable {
  private let path: String
  /// The last line's.
  private(set) var sum = ""
  private var format = RunFormat.newest
  private var count = 0

  init(path: String) { self.path = path }

  /// - Parameter line: Without its end.
  /// - Throws: `RunError` naming a damaged line or a later format.
  mutating func record(_ line: Data) throws -> LedgerRecord {
    count += 1
    let before = sum
    if let said = RunFormat.said(by: line) { format = said }
    guard (1...RunFormat.newest).contains(format),
      let object = Ledger.unsealed(line, after: &sum)
        .flatMap({ RunFormat.upgraded($0, from: format) }),
      let record = try? JSONDecoder().decode(LedgerRecord.self, from: object)
    else {
      if let newer = RunFormat.newer(line, after: before) { throw RunError(path, "\(newer)") }
      throw RunError(
        "\(path):\(count)",
        "is damaged, so what the run has done cannot be trusted; restore "
          + "the file from a copy, or start again in another run directory")
    }
    return record
  }

  /// The records of whole lines.
  ///
  /// - Returns: Them and their bytes; what follows is the torn end of a write, or one that goes on.
  mutating func records(_ data: Data) throws -> (records: [LedgerRecord], bytes: Int) {
    let end = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? data.startIndex
    let records = try data[..<end].split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).dropLast().map { try record(Data($0)) }
    return (records, end - data.startIndex)
  }
}
