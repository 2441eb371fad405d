import Files
import Foundation

/// The text of a configuration file.
enum ConfigurationText {
  /// Longest configuration file, in bytes.
  static let longestFile = 1 << 20

  /// - Throws: `ConfigurationError` that says what is no text, and where; `FileError` if it cannot be
  ///   read.
  static func read(_ file: String) throws -> String {
    guard let kind = try FileKind.of(file) else {
      // A launcher gives its ranks no files that are open already.
      let isPipe = ["/dev/fd/", "/proc/self/fd/"].contains { file.hasPrefix($0) }
      throw ConfigurationError(
        file,
        "there is no such file; "
          + (isPipe
            ? "a launcher passes no pipe on: write the configuration to a file"
            : "configs/ holds some to start from"))
    }
    if kind == .directory { throw ConfigurationError(file, "is a directory, not a YAML file") }
    let data = try AtomicFile.read(file, limit: longestFile + 1, allowsPipe: true) ?? Data()
    guard data.count <= longestFile else {
      throw ConfigurationError(file, "has more than \(longestFile) bytes")
    }
    // A file without a key is a configuration; a pipe without a byte is one that nobody wrote to.
    if data.isEmpty {
      do {
        try FileKind.requireFile(file)
      } catch let error as FileError where error.instead != nil {
        throw ConfigurationError(file, "is a pipe that gave nothing: does a program write to it?")
      }
    }
    return try text(data, file: file)
  }

  /// UTF-8 without a byte-order mark at its start.
  private static func text(_ data: Data, file: String) throws -> String {
    if [[0xFF, 0xFE], [0xFE, 0xFF]].contains(Array(data.prefix(2))) {
      throw ConfigurationError(file, "is UTF-16 text; save it as UTF-8")
    }
    var text = String.UnicodeScalarView()
    let mark = Data([0xEF, 0xBB, 0xBF])
    var bytes = (data.starts(with: mark) ? data.dropFirst(mark.count) : data).makeIterator()
    var decoder = UTF8()
    var line = 1
    var column = 1
    while true {
      func fail(_ reason: String) -> ConfigurationError {
        ConfigurationError("\(file):\(line):\(column)", reason)
      }
      switch decoder.decode(&bytes) {
      case .emptyInput: return String(text)
      case .error: throw fail("is not UTF-8 text")
      case .scalarValue(let scalar):
        guard isAllowed(scalar) else {
          let digits = String(scalar.value, radix: 16, uppercase: true)
          throw fail(
            "holds the character U+" + String(repeating: "0", count: max(0, 4 - digits.count))
              + digits + ", which YAML does not allow")
        }
        text.append(scalar)
        column += 1
        if scalar == "\n" { (line, column) = (line + 1, 1) }
      }
    }
  }

  /// YAML's printable characters.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFEFE, 0xFF00...0xFFFD, 0x10000...: true
    default: false
    }
  }
}
