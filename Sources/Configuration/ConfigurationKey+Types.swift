import Training
import Wording
import Yams

/// Rows of the table of keys, by the type of their value.
extension ConfigurationKey {
  static func whole(
    _ path: String, _ field: Field<Int>, _ summary: String, placement: Bool = false
  ) -> Self {
    Self(path, summary, placement: placement, field, read: Self.whole, write: { "\($0)" })
  }

  static func seed(_ path: String, _ field: Field<UInt64>, _ summary: String) -> Self {
    Self(path, summary, placement: false, field, read: seed, write: { "\($0)" })
  }

  static func seeds(_ path: String, _ field: Field<[UInt64]>, _ summary: String) -> Self {
    Self(path, summary, placement: false, isList: true, field) {
      try $0.list(of: "seeds").map(seed)
    } write: {
      "[" + $0.map { "\($0)" }.joined(separator: ", ") + "]"
    }
  }

  /// nil is written `auto`.
  static func wholeOrAuto(
    _ path: String, _ field: Field<Int?>, _ summary: String, placement: Bool = false
  ) -> Self {
    Self(path, summary, placement: placement, none: "auto", field) {
      let expected = "a whole number or auto"
      if try $0.isNull || $0.text(expected) == "auto" { return nil }
      guard let value = try Int($0.digits(expected)) else {
        throw Mismatch(expected: expected, found: $0)
      }
      return value
    } write: {
      $0.map { "\($0)" } ?? "auto"
    }
  }

  static func number(_ path: String, _ field: Field<Double>, _ summary: String) -> Self {
    Self(path, summary, placement: false, field) {
      try $0.decimal()
    } write: {
      "\($0)"
    }
  }

  static func flag(
    _ path: String, _ field: Field<Bool>, _ summary: String, placement: Bool = false
  ) -> Self {
    Self(path, summary, placement: placement, field) {
      switch try $0.text("true or false") {
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
      path, summary, placement: placement, field, read: { try $0.isEmptyText ? "" : $0.name() },
      write: quoted)
  }

  /// nil is written as the word `none`.
  static func textOrNone(_ path: String, none: String, _ field: Field<String?>, _ summary: String)
    -> Self
  {
    Self(path, summary, placement: false, none: none, field) {
      if $0.isNull { return nil }
      let value = try $0.line("text or \(none)")
      if !$0.isQuoted, value != none, ["none", "auto", "null"].contains(value) {
        throw Mismatch("\(value) is no value here; write \(none) if there is none", $0)
      }
      return value == none && !$0.isQuoted ? nil : value
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
      try $0.list(of: "names").map(choice)
    } write: {
      "[" + $0.map(\.rawValue).joined(separator: ", ") + "]"
    }
  }

  static func wholes(_ path: String, _ field: Field<[Int]>, _ summary: String) -> Self {
    Self(path, summary, placement: false, isList: true, field) {
      try $0.list(of: "whole numbers").map(whole)
    } write: {
      "[" + $0.map { "\($0)" }.joined(separator: ", ") + "]"
    }
  }

  static func texts(_ path: String, _ field: Field<[String]>, _ summary: String) -> Self {
    Self(path, summary, placement: false, isList: true, field) {
      try $0.list(of: "names").map { try $0.name() }
    } write: {
      "[" + $0.map(quoted).joined(separator: ", ") + "]"
    }
  }

  static func classWeights(
    _ path: String, _ field: Field<TrainingConfiguration.ClassWeights>, _ summary: String
  ) -> Self {
    Self(path, summary, placement: false, field) { node in
      let expected = "none, balanced or a list of numbers, such as [1, 2, 2]"
      if case .sequence(let sequence) = node {
        return .listed(try sequence.map { try $0.decimal() })
      }
      switch try node.text(expected) {
      case "none": return .none
      case "balanced": return .balanced
      default: throw Mismatch(expected: expected, found: node)
      }
    } write: {
      switch $0 {
      case .none: "none"
      case .balanced: "balanced"
      case .listed(let weights): "[" + weights.map { "\($0)" }.joined(separator: ", ") + "]"
      }
    }
  }

  // MARK: - Reading and writing

  private static func whole(_ node: Node) throws -> Int {
    guard let value = try Int(node.digits("a whole number")) else {
      throw Mismatch(expected: "a whole number", found: node)
    }
    return value
  }

  private static func seed(_ node: Node) throws -> UInt64 {
    let expected = "a whole number from 0 to 2^64 - 1"
    guard let value = try UInt64(node.digits(expected)) else {
      throw Mismatch(expected: expected, found: node)
    }
    return value
  }

  private static func choice<Value: RawRepresentable<String> & CaseIterable>(_ node: Node) throws
    -> Value
  {
    let names = Value.allCases.map(\.rawValue)
    let expected = names.joined(separator: " or ")
    let name = try node.text(expected)
    guard let value = Value(rawValue: name) else {
      throw Mismatch(
        expected: expected, found: node, nearest: Spelling.nearest(to: name, among: names))
    }
    return value
  }

  /// Text in single quotes, so that it reads back as the same text whatever it holds.
  static func quoted(_ text: String) -> String {
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
