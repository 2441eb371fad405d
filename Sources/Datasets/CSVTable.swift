import Files
import Foundation
import Wording

/// The columns of a CSV file that somebody asked for, found by the names in its header line.
///
/// Blanks around a field are left out, and so are rows of nothing but separators; `warnings` says so.
struct CSVTable {
  struct Row {
    let line: Int
    private let fields: [String: String]
    private let titles: [String: String]

    fileprivate init(line: Int, fields: [String: String], titles: [String: String]) {
      self.line = line
      self.fields = fields
      self.titles = titles
    }

    /// The field of a column that the table was asked for; nil: the file has no such column.
    subscript(optional column: String) -> String? { fields[column] }

    /// The field of a column that the table must have.
    subscript(column: String) -> String { fields[column] ?? "" }

    /// What the header calls a column.
    func title(_ column: String) -> String { titles[column] ?? column }
  }

  let rows: [Row]
  /// Those columns, of the ones that were asked for, that the file has.
  let columns: Set<String>
  /// What the header calls the others.
  let others: [String]
  let warnings: [String]

  /// - Parameters:
  ///   - columns: Those that must be there.
  ///   - optional: Those that may.
  ///   - titles: What the header calls a column, where that is not its name; such a column must be there.
  ///   - remedy: The end of the message that a column is not there; `%` stands for its name.
  /// - Throws: `DataError`, or `FileError` if it cannot be read.
  init(
    path: String, columns: [String], optional: [String] = [], titles: [String: String] = [:],
    remedy: String = ""
  ) throws {
    guard let data = try AtomicFile.read(path) else {
      throw DataError(path, "there is no such file")
    }
    let lines = try CSVText(data, path: path).rows
    guard !lines.isEmpty else { throw DataError(path, "is empty") }
    var trimmed = Said()
    var empty = Said()
    func hasWord(_ row: CSVText.Row) -> Bool {
      let hasWord = row.fields.contains { !Self.trimmed($0).isEmpty }
      empty.note(!hasWord, line: row.line)
      return hasWord
    }
    guard let start = lines.firstIndex(where: hasWord) else {
      throw DataError(path, "has no word in it")
    }
    let header = lines[start]
    let names = header.fields.map(Self.trimmed)
    var places: [(column: String, index: Int)] = []
    for column in columns + optional {
      let title = titles[column] ?? column
      let found = names.indices.filter { names[$0] == title }
      guard found.count <= 1 else {
        throw DataError(
          path, line: header.line,
          "has the column \"\(title)\" \(found.count) times: \(names.joined(separator: ", "))")
      }
      if let index = found.first {
        places.append((column, index))
        trimmed.note(header.fields[index] != title, line: header.line)
        continue
      }
      // A column that may be there and is written otherwise must not be passed over.
      let hint = NearNames.hint(title, among: names)
      guard !hint.isEmpty || columns.contains(column) || titles[column] != nil else { continue }
      throw DataError(
        path, line: header.line,
        "has no column \"\(title)\"; its columns are \(names.joined(separator: ", "))" + hint
          + remedy.replacing("%", with: column))
    }
    var rows: [Row] = []
    for line in lines[(start + 1)...] where hasWord(line) {
      guard line.fields.count == names.count else {
        throw DataError(
          path, line: line.line,
          "has \(counted(line.fields.count, "field")), but the header has \(names.count)")
      }
      var fields: [String: String] = [:]
      for (column, index) in places {
        let text = Self.trimmed(line.fields[index])
        trimmed.note(text.utf8.count != line.fields[index].utf8.count, line: line.line)
        fields[column] = text
      }
      rows.append(Row(line: line.line, fields: fields, titles: titles))
    }
    self.rows = rows
    self.columns = Set(places.map(\.column))
    let read = Set(places.map(\.index))
    others = names.indices.filter { !read.contains($0) && !names[$0].isEmpty }.map { names[$0] }
    warnings = [
      trimmed.text { "blanks around \($0 == 1 ? "1 field" : "\($0) fields") are left out" },
      empty.text { "\($0 == 1 ? "1 row" : "\($0) rows") without a word in it left out" },
    ].compactMap { $0.map { "\(path): \($0)" } }
  }

  private static func trimmed(_ text: String) -> String {
    func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isBlank($0) }),
      let last = scalars.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(scalars[first...last])
  }
}

/// How often something happened, and the line where it first did.
private struct Said {
  private var count = 0
  private var first = 0

  mutating func note(_ happened: Bool, line: Int) {
    guard happened else { return }
    if count == 0 { first = line }
    count += 1
  }

  /// nil: never.
  func text(_ what: (Int) -> String) -> String? {
    count == 0 ? nil : "\(what(count)), the first in line \(first)"
  }
}
