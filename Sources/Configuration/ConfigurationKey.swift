import Yams

/// One key of the configuration: its meaning, and how it is read and written.
public struct ConfigurationKey: Sendable {
  /// A value that does not fit a key.
  struct Mismatch: Error, CustomStringConvertible {
    let expected: String
    /// The value, or the entry of the list, that does not fit, in words.
    let found: String
    /// Where it stands in its file, from 1.
    let line: Int?
    let column: Int?
    /// What was probably meant.
    let nearest: String?

    init(expected: String, found node: Node, nearest: String? = nil) {
      self.expected = expected
      self.nearest = nearest
      line = node.mark?.line
      column = node.mark?.column
      switch node {
      case .scalar(let scalar): found = "\"\(scalar.string.prefix(80))\""
      case .sequence: found = "a list"
      case .mapping: found = "a mapping"
      case .alias: found = "an alias"
      }
    }

    var description: String {
      "expected \(expected), found \(found)" + (nearest.map { "; did you mean \($0)?" } ?? "")
    }
  }

  /// Section and name, such as `training.epochs`.
  public let path: String
  /// One line for people.
  public let summary: String
  /// Whether it says only where and how fast a run is computed, and so may change when it goes on.
  public let isPlacement: Bool
  /// Whether its value is a list, so that `a,b` stands for `[a, b]` in an override.
  let isList: Bool
  let read: @Sendable (Node, inout RunConfiguration) throws -> Void
  /// The value as YAML.
  public let write: @Sendable (RunConfiguration) -> String

  public var section: String { String(path.prefix { $0 != "." }) }
  public var name: String { String(path.drop { $0 != "." }.dropFirst()) }

  typealias Field<Value> = WritableKeyPath<RunConfiguration, Value> & Sendable

  private init<Value: Sendable>(
    _ path: String, _ summary: String, placement: Bool, isList: Bool = false,
    _ field: Field<Value>, read: @escaping @Sendable (Node) throws -> Value,
    write: @escaping @Sendable (Value) -> String
  ) {
    self.path = path
    self.summary = summary
    self.isPlacement = placement
    self.isList = isList
    self.read = { $1[keyPath: field] = try read($0) }
    self.write = { write($0[keyPath: field]) }
  }

  // MARK: - Types of value

  static func whole(
    _ path: String, _ field: Field<Int>, _ summary: String, placement: Bool = false
  ) -> Self {
    Self(path, summary, placement: placement, field, read: Self.whole, write: { "\($0)" })
  }

  static func seed(_ path: String, _ field: Field<UInt64>, _ summary: String) -> Self {
    Self(path, summary, placement: false, field) {
      guard let value = try UInt64(text($0, "a whole number")) else {
        throw Mismatch(expected: "a whole number from 0 to 2^64 - 1", found: $0)
      }
      return value
    } write: {
      "\($0)"
    }
  }

  /// nil is written `auto`.
  static func wholeOrAuto(
    _ path: String, _ field: Field<Int?>, _ summary: String, placement: Bool = false
  ) -> Self {
    Self(path, summary, placement: placement, field) {
      if try text($0, "a whole number or auto") == "auto" { return nil }
      guard let value = try? whole($0) else {
        throw Mismatch(expected: "a whole number or auto", found: $0)
      }
      return value
    } write: {
      $0.map { "\($0)" } ?? "auto"
    }
  }

  static func number(_ path: String, _ field: Field<Double>, _ summary: String) -> Self {
    Self(path, summary, placement: false, field) {
      guard let value = try Double(text($0, "a number")), value.isFinite else {
        throw Mismatch(expected: "a number", found: $0)
      }
      return value
    } write: {
      "\($0)"
    }
  }

  static func flag(
    _ path: String, _ field: Field<Bool>, _ summary: String, placement: Bool = false
  ) -> Self {
    Self(path, summary, placement: placement, field) {
      switch try text($0, "true or false") {
      case "true": return true
      case "false": return false
      default: throw Mismatch(expected: "true or false", found: $0)
      }
    } write: {
      "\($0)"
    }
  }

  static func text(
    _ path: String, _ field: Field<String>, _ summary: String, placement: Bool = false
  ) -> Self {
    Self(
      path, summary, placement: placement, field, read: { try text($0, "text") }, write: quoted)
  }

  /// nil is written as the word `none`.
  static func textOrNone(_ path: String, none: String, _ field: Field<String?>, _ summary: String)
    -> Self
  {
    Self(path, summary, placement: false, field) {
      let value = try text($0, "text or \(none)")
      return value == none && !isQuoted($0) ? nil : value
    } write: {
      $0.map(quoted) ?? none
    }
  }

  static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ path: String, _ field: Field<Value>, _ summary: String
  ) -> Self {
    Self(path, summary, placement: false, field, read: choice, write: { $0.rawValue })
  }

  static func choices<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ path: String, _ field: Field<[Value]>, _ summary: String
  ) -> Self {
    Self(path, summary, placement: false, isList: true, field) {
      try list($0, of: "names").map(choice)
    } write: {
      "[" + $0.map(\.rawValue).joined(separator: ", ") + "]"
    }
  }

  static func wholes(_ path: String, _ field: Field<[Int]>, _ summary: String) -> Self {
    Self(path, summary, placement: false, isList: true, field) {
      try list($0, of: "whole numbers").map(whole)
    } write: {
      "[" + $0.map { "\($0)" }.joined(separator: ", ") + "]"
    }
  }

  static func texts(_ path: String, _ field: Field<[String]>, _ summary: String) -> Self {
    Self(path, summary, placement: false, isList: true, field) {
      try list($0, of: "names").map { try text($0, "a name") }
    } write: {
      "[" + $0.map(quoted).joined(separator: ", ") + "]"
    }
  }

  // MARK: - Reading nodes

  private static func whole(_ node: Node) throws -> Int {
    guard let value = try Int(text(node, "a whole number")) else {
      throw Mismatch(expected: "a whole number", found: node)
    }
    return value
  }

  private static func choice<Value: RawRepresentable<String> & CaseIterable>(_ node: Node) throws
    -> Value
  {
    let names = Value.allCases.map(\.rawValue)
    let name = try text(node, names.joined(separator: " or "))
    guard let value = Value(rawValue: name) else {
      throw Mismatch(
        expected: names.joined(separator: " or "), found: node,
        nearest: Spelling.nearest(to: name, among: names))
    }
    return value
  }

  /// A scalar's text as it is written: `006` stays `006`.
  private static func text(_ node: Node, _ expected: String) throws -> String {
    guard case .scalar(let scalar) = node else { throw Mismatch(expected: expected, found: node) }
    return scalar.string
  }

  private static func isQuoted(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node else { return false }
    return scalar.style == .singleQuoted || scalar.style == .doubleQuoted
  }

  private static func list(_ node: Node, of what: String) throws -> [Node] {
    guard case .sequence(let sequence) = node else {
      throw Mismatch(expected: "a list of \(what), such as [a, b]", found: node)
    }
    return Array(sequence)
  }

  /// Text in single quotes, so that it reads back as the same text whatever it holds.
  private static func quoted(_ text: String) -> String {
    if text.unicodeScalars.allSatisfy({ !needsEscape($0) }) {
      // By scalars: a quotation mark and an accent after it are one character.
      return "'" + text.unicodeScalars.map { $0 == "'" ? "''" : String($0) }.joined() + "'"
    }
    let escaped = text.unicodeScalars.map { scalar -> String in
      if scalar == "\\" || scalar == "\"" { return "\\" + String(scalar) }
      guard needsEscape(scalar) else { return String(scalar) }
      let digits = String(scalar.value, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
    return "\"" + escaped.joined() + "\""
  }

  /// Whether YAML refuses a scalar as it is, or reads it as a line's end or as nothing.
  private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
    default: false
    }
  }
}
