import Wording

/// A piece of HTML or SVG. What a literal holds is markup; text that is put into one is escaped.
///
/// `let cell: Markup = "<td>\(name)</td>"` is safe whatever `name` holds.
public struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
  public private(set) var source: String

  public init(stringLiteral source: String) { self.source = source }

  public init(stringInterpolation pieces: StringInterpolation) { source = pieces.source }

  public struct StringInterpolation: StringInterpolationProtocol, Sendable {
    fileprivate var source = ""

    public init(literalCapacity: Int, interpolationCount: Int) {
      source.reserveCapacity(literalCapacity + 12 * interpolationCount)
    }

    public mutating func appendLiteral(_ literal: String) { source += literal }
    public mutating func appendInterpolation(_ text: String) { source += Markup.escaped(text) }
    public mutating func appendInterpolation(_ markup: Markup) { source += markup.source }
    public mutating func appendInterpolation(_ number: Int) { source += "\(number)" }
    /// A length, to a tenth.
    public mutating func appendInterpolation(_ length: Double) { source += Markup.tenths(length) }
  }

  /// Text of several lines, whose ends are kept.
  public init(lines text: String) {
    source = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { Self.escaped(String($0)) }.joined(separator: "\n")
  }

  public static func += (markup: inout Markup, other: Markup) { markup.source += other.source }

  public static func + (a: Markup, b: Markup) -> Markup {
    var sum = a
    sum += b
    return sum
  }

  /// Text as it stands in an element or in an attribute's quotation marks; control characters are shown
  /// as `\u{A}`.
  static func escaped(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy {
      switch $0 {
      case 0..<0x20, 0x7F...0xFF, UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"),
        UInt8(ascii: "\""), UInt8(ascii: "'"):
        false
      default: true
      }
    }
    if isPlain { return text }
    // By scalars: a quotation mark and an accent after it are one character.
    var escaped = ""
    for scalar in text.visible.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// A number to a tenth: `12`, `-0.5`.
  static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let (whole, rest) = (abs(tenths) / 10, abs(tenths) % 10)
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
  }
}

extension Sequence<Markup> {
  public func joined(by separator: Markup = "") -> Markup {
    var all: Markup = ""
    for (place, piece) in enumerated() {
      if place > 0 { all += separator }
      all += piece
    }
    return all
  }
}
