import Files
import Foundation

/// A CSV file with a header line (RFC 4180), whose every field knows its line.
///
/// Our own reader, since a message about a wrong field must name its line. A byte order mark,
/// quoted fields, CRLF and a missing last line break are accepted.
struct CSVTable {
  struct Row {
    let line: Int
    let fields: [String]
  }

  let path: String
  let header: [String]
  let rows: [Row]

  /// - Throws: `DataError`, or `FileError` if it cannot be read.
  init(path: String) throws {
    guard let data = try AtomicFile.read(path) else {
      throw DataError(path, "there is no such file")
    }
    guard var text = String(validating: data, as: UTF8.self) else {
      throw DataError(path, "is not UTF-8 text")
    }
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    var rows = try Self.parse(text, path: path)
    guard let header = rows.first else { throw DataError(path, "is empty") }
    rows.removeFirst()
    for row in rows where row.fields.count != header.fields.count {
      throw DataError(
        path, line: row.line,
        "has \(row.fields.count) fields, but the header has \(header.fields.count)")
    }
    self.path = path
    self.header = header.fields
    self.rows = rows
  }

  /// The place of a column.
  func column(_ name: String) throws -> Int {
    guard let index = header.firstIndex(of: name) else {
      throw DataError(
        path, line: 1,
        "has no column \"\(name)\"; its columns are \(header.joined(separator: ", "))")
    }
    return index
  }

  private static func parse(_ text: String, path: String) throws -> [Row] {
    var rows: [Row] = []
    var fields: [String] = []
    var field = String.UnicodeScalarView()
    var line = 1
    var rowLine = 1
    var quoted = false
    var wasQuoted = false
    func endField() {
      fields.append(String(field))
      field = String.UnicodeScalarView()
      wasQuoted = false
    }
    func endRow() {
      endField()
      if fields != [""] { rows.append(Row(line: rowLine, fields: fields)) }
      fields = []
    }
    let scalars = Array(text.unicodeScalars)
    var i = 0
    while i < scalars.count {
      let scalar = scalars[i]
      let next = i + 1 < scalars.count ? scalars[i + 1] : nil
      if scalar == "\n" { line += 1 }
      if quoted {
        if scalar == "\"" && next == "\"" {
          field.append(scalar)
          i += 1
        } else if scalar == "\"" {
          quoted = false
        } else {
          field.append(scalar)
        }
      } else if scalar == "\"" && field.isEmpty && !wasQuoted {
        quoted = true
        wasQuoted = true
      } else if scalar == "," {
        endField()
      } else if scalar == "\n" {
        endRow()
        rowLine = line
      } else if !(scalar == "\r" && (next == "\n" || next == nil)) {
        guard scalar != "\"", !wasQuoted else {
          throw DataError(path, line: line, "has a quotation mark inside a field")
        }
        field.append(scalar)
      }
      i += 1
    }
    if quoted { throw DataError(path, line: rowLine, "has a quoted field without an end") }
    if !fields.isEmpty || !field.isEmpty { endRow() }
    return rows
  }
}
