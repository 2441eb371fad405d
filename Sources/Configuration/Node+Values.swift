import Files
import Wording
import Yams

/// What a node of YAML says, read strictly: nothing that two readers might take for two values.
extension Node {
  private var scalar: Node.Scalar? {
    if case .scalar(let scalar) = self { scalar } else { nil }
  }

  var isQuoted: Bool {
    scalar.map { $0.style == .singleQuoted || $0.style == .doubleQuoted } ?? false
  }

  private var isPlain: Bool { scalar.map { $0.style == .plain || $0.style == .any } ?? false }

  /// Whether nothing stands where a value should.
  var isEmpty: Bool { isPlain && scalar?.string.allSatisfy(\.isWhitespace) == true }

  /// Whether it is text of no length, in quotes or not.
  var isEmptyText: Bool { scalar?.string.isEmpty == true }

  /// Whether it is YAML's null; a word in quotes is text.
  var isNull: Bool { isPlain && ["null", "Null", "NULL", "~"].contains(scalar?.string) }

  /// A tag that is written before it or one of its entries, such as `!!str`. No deeper: aliases of
  /// aliases would be walked through as often as they stand for one another.
  var explicitTag: String? {
    if let tag = ownTag { return tag }
    guard case .sequence(let sequence) = self else { return nil }
    return sequence.lazy.compactMap(\.ownTag).first
  }

  private var ownTag: String? {
    switch self {
    case .scalar(let scalar):
      // The parser gives quoted text the tag of text.
      let implicit = isPlain ? [""] : ["", Tag.Name.str.rawValue]
      return implicit.contains(scalar.tag.rawValue) ? nil : Self.short(scalar.tag)
    case .sequence(let sequence): return Self.short(sequence.tag)
    case .mapping(let mapping): return Self.short(mapping.tag)
    case .alias: return nil
    }
  }

  private static func short(_ tag: Tag) -> String? {
    tag.rawValue.isEmpty ? nil : tag.rawValue.replacing("tag:yaml.org,2002:", with: "!!")
  }

  // MARK: - Values

  /// A scalar's text as it is written: `006` stays `006`.
  func text(_ expected: String) throws -> String {
    guard let scalar else { throw Mismatch(expected: expected, found: self) }
    return scalar.string
  }

  /// A name or path: some text in one line.
  func name() throws -> String {
    if isEmpty || isEmptyText { throw Mismatch("an entry is empty", self) }
    if isNull {
      throw Mismatch("\(try text("")) is no value; a name that reads so needs quotes", self)
    }
    return try line("text")
  }

  /// A scalar's text if it holds no control character, which no path of a configuration needs and
  /// every message about it would suffer from.
  func line(_ expected: String) throws -> String {
    let text = try text(expected)
    if let control = text.firstControl {
      throw Mismatch(Mismatch.holding(control), self)
    }
    return text
  }

  /// A scalar's text if it is a whole number in decimal digits, in the one way that is read alike
  /// everywhere: `010` is 8 for some, and `1_000`, `0x10` or `5.0` are no whole numbers for others.
  func digits(_ expected: String) throws -> String {
    let text = try text(expected)
    guard text.wholeMatch(of: /0|[-+]?[1-9][0-9]*/) != nil else {
      throw Mismatch(expected: expected, found: self)
    }
    return text
  }

  /// A number that float64 holds: not infinite, and not 0 unless it is written so.
  func decimal() throws -> Double {
    let text = try text("a number")
    guard let match = text.wholeMatch(of: /[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?/),
      let value = Double(text), value.isFinite,
      value != 0 || !match.1.contains(where: { ("1"..."9").contains($0) })
    else { throw Mismatch(expected: "a number", found: self) }
    // One zero: -0 would be another value in a resolved configuration.
    return value == 0 ? 0 : value
  }

  func list(of what: String) throws -> [Node] {
    guard case .sequence(let sequence) = self else {
      throw Mismatch(expected: "a list of \(what), such as [a, b]", found: self)
    }
    return Array(sequence)
  }
}

/// A value that does not fit a key.
struct Mismatch: Error, CustomStringConvertible {
  let description: String
  /// Where it stands in its file, from 1.
  let line: Int?
  let column: Int?

  static func tagged(_ tag: String) -> String { "the tag \(tag) is not read: leave it out" }

  static func holding(_ control: String) -> String {
    "holds the control character \(control); leave it out"
  }

  init(_ reason: String, _ node: Node) {
    description = reason
    line = node.mark?.line
    column = node.mark?.column
  }

  /// - Parameter nearest: What was probably meant.
  init(expected: String, found node: Node, nearest: String? = nil) {
    let found =
      switch node {
      case .scalar(let scalar): "\"\(String(scalar.string.prefix(80)).visible)\""
      case .sequence: "a list"
      case .mapping: "a mapping"
      case .alias: "an alias"
      }
    self.init(
      "expected \(expected), found \(found)" + (nearest.map { "; did you mean \($0)?" } ?? ""), node
    )
  }
}
