import Foundation

/// The rows and fields of a CSV file (RFC 4180), whose every row knows its line.
///
/// Our own reader, since a message about a wrong field must name its line. Commas, semicolons or tabs
/// part the fields; a byte order mark, quoted fields, a missing last line break and lines that end in
/// LF, CR LF or CR are accepted.
struct CSVText {
  struct Row {
    let line: Int
    let fields: [String]
  }

  /// The lines that are not empty.
  let rows: [Row]

  /// - Throws: `DataError`.
  init(_ data: Data, path: String) throws {
    let scalars = Array(try Self.text(data, path: path).unicodeScalars)
    let separator = try Self.separator(of: scalars, path: path)
    rows = try Self.parse(scalars, separator: separator, path: path)
  }

  private static func text(_ data: Data, path: String) throws -> String {
    let start = [UInt8](data.prefix(4))
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      throw DataError(path, "is UTF-16 text: save it as UTF-8")
    }
    if start == [0x50, 0x4B, 0x03, 0x04] {
      throw DataError(path, "is a spreadsheet (.xlsx) or another archive: save it as CSV, in UTF-8")
    }
    if let zero = data.firstIndex(of: 0) {
      throw DataError(
        path, line: 1 + data[..<zero].count { $0 == UInt8(ascii: "\n") },
        "holds a zero byte, as UTF-16 text does: save it as UTF-8")
    }
    guard var text = String(validating: data, as: UTF8.self) else {
      throw DataError(path, "is not UTF-8 text")
    }
    if text.unicodeScalars.first == "\u{FEFF}" { text.unicodeScalars.removeFirst() }
    return text
  }

  /// What parts the fields of the first line that is not empty.
  private static func separator(of scalars: [Unicode.Scalar], path: String) throws -> Unicode.Scalar
  {
    var found: Set<Unicode.Scalar> = []
    var quoted = false
    var line: [Unicode.Scalar] = []
    for scalar in scalars.drop(while: { $0 == "\n" || $0 == "\r" }) {
      if scalar == "\"" { quoted.toggle() }
      if !quoted && (scalar == "\n" || scalar == "\r") { break }
      if !quoted && (scalar == "," || scalar == ";" || scalar == "\t") { found.insert(scalar) }
      line.append(scalar)
    }
    if line.starts(with: Array("sep=".unicodeScalars)) {
      throw DataError(path, line: 1, "is a spreadsheet's \"sep=\" line: remove it")
    }
    guard found.count <= 1 else {
      throw DataError(
        path, line: 1,
        "parts its fields in more than one way: write all commas, all semicolons or all tabs")
    }
    return found.first ?? ","
  }

  private static func parse(_ scalars: [Unicode.Scalar], separator: Unicode.Scalar, path: String)
    throws -> [Row]
  {
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
    var i = 0
    while i < scalars.count {
      let scalar = scalars[i]
      let next = i + 1 < scalars.count ? scalars[i + 1] : nil
      // CR LF ends a line once, at its LF.
      let endsLine = scalar == "\n" || (scalar == "\r" && next != "\n")
      if endsLine { line += 1 }
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
      } else if scalar == separator {
        endField()
      } else if endsLine {
        endRow()
        rowLine = line
      } else if scalar != "\r" {
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
