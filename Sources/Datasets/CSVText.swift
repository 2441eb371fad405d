import Foundation

/// The rows and fields of a CSV file (RFC 4180), whose every row knows its line.
///
/// Our own reader, since a message about a wrong field must name its line. Commas, semicolons or tabs
/// part the fields; a byte order mark, quoted fields, a missing last line break and lines that end in
/// LF, CR LF or CR are accepted. CR CR LF, which programs write that turn LF into CR LF twice, ends one
/// line too.
struct CSVText {
  struct Row {
    let line: Int
    let fields: [String]
  }

  /// The lines that are not empty; those above the first word have no fields.
  let rows: [Row]

  /// - Throws: `DataError`.
  init(_ data: Data, path: String) throws {
    let scalars = try Self.text(data, path: path)
    let start = Self.start(of: scalars)
    let separator = try Self.separator(
      of: scalars[start...], line: 1 + Self.lineBreaks(in: scalars[..<start]), path: path)
    rows = try Self.parse(scalars, from: start, separator: separator, path: path)
  }

  private static func text(_ data: Data, path: String) throws -> [Unicode.Scalar] {
    let start = [UInt8](data.prefix(4))
    if start == [0xFF, 0xFE, 0, 0] || start == [0, 0, 0xFE, 0xFF] {
      throw DataError(path, "is UTF-32 text: save it as UTF-8")
    }
    if start.starts(with: [0x1F, 0x8B]) {
      throw DataError(path, "is compressed (gzip): unpack it first")
    }
    if start == [0xD0, 0xCF, 0x11, 0xE0] {
      throw DataError(path, "is an old spreadsheet (.xls): save it as CSV, in UTF-8")
    }
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
      throw DataError(path, "is UTF-16 text: save it as UTF-8")
    }
    if start == [0x50, 0x4B, 0x03, 0x04] {
      throw DataError(path, "is a spreadsheet (.xlsx) or another archive: save it as CSV, in UTF-8")
    }
    if let zero = data.firstIndex(of: 0) {
      throw DataError(
        path, line: Self.line(of: zero, in: data),
        "holds a zero byte, as UTF-16 text does: save it as UTF-8")
    }
    if let wrong = firstByteThatIsNotUTF8(data) {
      throw DataError(
        path, line: Self.line(of: wrong, in: data),
        "is not UTF-8 text (the byte 0x\(String(data[wrong], radix: 16, uppercase: true))): save it "
          + "as UTF-8")
    }
    // Each program that joins files or saves one again may have put a mark before the text.
    let scalars = String(decoding: data, as: UTF8.self).unicodeScalars
    return Array(scalars.drop { $0 == "\u{FEFF}" })
  }

  private static func firstByteThatIsNotUTF8(_ data: Data) -> Int? {
    var parser = Unicode.UTF8.ForwardParser()
    var bytes = data.makeIterator()
    var index = data.startIndex
    while true {
      switch parser.parseScalar(from: &bytes) {
      case .valid(let scalar): index += scalar.count
      case .error: return index
      case .emptyInput: return nil
      }
    }
  }

  /// The line of a byte.
  private static func line(of index: Data.Index, in data: Data) -> Int {
    1 + lineBreaks(in: Array(String(decoding: data[..<index], as: UTF8.self).unicodeScalars)[...])
  }

  private static func lineBreaks(in scalars: ArraySlice<Unicode.Scalar>) -> Int {
    scalars.indices.count { endsLine(scalars, at: $0) }
  }

  /// Whether a line ends with a scalar: CR LF and CR CR LF end one at their LF.
  private static func endsLine(_ scalars: ArraySlice<Unicode.Scalar>, at index: Int) -> Bool {
    guard scalars[index] == "\r" else { return scalars[index] == "\n" }
    let rest = scalars[(index + 1)...].prefix(2)
    return rest.first != "\n" && !rest.elementsEqual(["\r", "\n"])
  }

  /// Where the first line begins that holds more than blanks and separators.
  private static func start(of scalars: [Unicode.Scalar]) -> Int {
    let first = scalars.firstIndex { $0 != "," && $0 != ";" && !$0.properties.isWhitespace }
    return scalars[..<(first ?? scalars.endIndex)].lastIndex { $0 == "\n" || $0 == "\r" }
      .map { $0 + 1 } ?? 0
  }

  /// What parts the fields of the first of some lines.
  private static func separator(
    of scalars: ArraySlice<Unicode.Scalar>, line number: Int, path: String
  ) throws -> Unicode.Scalar {
    var found: Set<Unicode.Scalar> = []
    var quoted = false
    var line: [Unicode.Scalar] = []
    for scalar in scalars {
      if scalar == "\"" { quoted.toggle() }
      if !quoted && (scalar == "\n" || scalar == "\r") { break }
      if !quoted && (scalar == "," || scalar == ";" || scalar == "\t") { found.insert(scalar) }
      line.append(scalar)
    }
    if line.starts(with: Array("sep=".unicodeScalars)) {
      throw DataError(path, line: number, "is a spreadsheet's \"sep=\" line: remove it")
    }
    guard found.count <= 1 else {
      throw DataError(
        path, line: number,
        "parts its fields in more than one way: write all commas, all semicolons or all tabs")
    }
    return found.first ?? ","
  }

  /// - Parameter start: Where the first line with a word begins; no separator is known before it.
  private static func parse(
    _ scalars: [Unicode.Scalar], from start: Int, separator: Unicode.Scalar, path: String
  ) throws -> [Row] {
    var rows: [Row] = []
    var fields: [String] = []
    var field = String.UnicodeScalarView()
    var line = 1
    var rowLine = 1
    var quoted = false
    var wasQuoted = false
    var i = 0
    func endField() {
      fields.append(String(field))
      field = String.UnicodeScalarView()
      wasQuoted = false
    }
    func endRow() {
      endField()
      if fields != [""] { rows.append(Row(line: rowLine, fields: i < start ? [] : fields)) }
      fields = []
    }
    func quotationMark() throws {
      guard field.filter({ !$0.properties.isWhitespace }).elementsEqual(["="]) else { return }
      throw DataError(
        path, line: line,
        "has a field that begins with =\", as spreadsheets write text: write the text alone, 001 for "
          + "=\"001\"")
    }
    while i < scalars.count {
      let scalar = scalars[i]
      let next = i + 1 < scalars.count ? scalars[i + 1] : nil
      let endsLine = Self.endsLine(scalars[...], at: i)
      if endsLine { line += 1 }
      if quoted {
        if scalar == "\"" && next == "\"" {
          try quotationMark()
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
        if scalar == "\"" { try quotationMark() }
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
