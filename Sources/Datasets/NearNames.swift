import Foundation

/// Names that one reader takes for two and another for one.
enum NearNames {
  /// A way in which near names may differ, and a name without it.
  private struct Aspect: Sendable {
    let text: String
    let drop: @Sendable (String) -> String
  }

  private static let aspects = [
    Aspect(text: "the bytes of a letter (Unicode NFC or NFD)") {
      $0.precomposedStringWithCanonicalMapping
    },
    Aspect(text: "the form of a letter or digit (full width, ligatures)") {
      $0.precomposedStringWithCompatibilityMapping
    },
    Aspect(text: "case") { $0.lowercased() },
    Aspect(text: "blanks") { without($0) { $0.properties.isWhitespace } },
    Aspect(text: "invisible characters") {
      without($0) { isInvisible($0) && !$0.properties.isWhitespace }
    },
    Aspect(text: "a decimal point (spreadsheets and pandas add one)") { withoutDecimals($0) },
    Aspect(text: "zeros before a number (spreadsheets drop them)") { withoutZeros($0) },
  ]

  /// What near names have in common: equal for them, and for no others.
  static func key(_ name: String) -> String { dropping(aspects, from: name) }

  /// How two near names differ; nil: they are not near, or the same bytes.
  static func difference(_ name: String, _ other: String) -> String? {
    let aspects = differing(name, other)
    return aspects.isEmpty ? nil : text(aspects)
  }

  private static func text(_ aspects: [String]) -> String {
    "differs only in " + aspects.joined(separator: " and ")
  }

  /// The end of a message about a name that is not there: the candidate that it may have been meant
  /// to be, or nothing.
  ///
  /// - Parameter place: Where a candidate is.
  static func hint(
    _ name: String, among candidates: some Sequence<String>,
    place: (String) -> String = { _ in "there" }
  ) -> String {
    let key = key(name)
    let near = candidates.filter { self.key($0) == key }
      .map { (name: $0, aspects: differing(name, $0)) }.filter { !$0.aspects.isEmpty }
      .min { ($0.aspects.count, $0.name) < ($1.aspects.count, $1.name) }
    guard let near else { return "" }
    return "; \"\(near.name)\" is \(place(near.name)), and \(text(near.aspects))"
  }

  /// Whether nobody can see a character.
  static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: scalar.properties.isDefaultIgnorableCodePoint
    }
  }

  /// The aspects without which two near names would not be near.
  private static func differing(_ name: String, _ other: String) -> [String] {
    // By bytes: equal strings may be other file names.
    guard !name.utf8.elementsEqual(other.utf8), key(name) == key(other) else { return [] }
    let needed = aspects.indices.filter { index in
      var others = aspects
      others.remove(at: index)
      return !dropping(others, from: name).utf8.elementsEqual(dropping(others, from: other).utf8)
    }
    // Where each of two aspects would do, neither is needed.
    return (needed.isEmpty ? [0] : needed).map { aspects[$0].text }
  }

  private static func dropping(_ aspects: [Aspect], from name: String) -> String {
    aspects.reduce(name) { $1.drop($0) }
  }

  private static func without(_ name: String, _ isLeftOut: (Unicode.Scalar) -> Bool) -> String {
    var result = String.UnicodeScalarView()
    result.append(contentsOf: name.unicodeScalars.filter { !isLeftOut($0) })
    return String(result)
  }

  /// A whole number without the `.0` that it has as a decimal one.
  private static func withoutDecimals(_ name: String) -> String {
    name.wholeMatch(of: /([0-9]+)\.0+/).map { String($0.1) } ?? name
  }

  /// A name whose every number has lost its leading zeros.
  private static func withoutZeros(_ name: String) -> String {
    var result = String.UnicodeScalarView()
    var isInside = false
    let scalars = Array(name.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      let isDigit = ("0"..."9").contains(scalar)
      let isLast = index + 1 == scalars.count || !("0"..."9").contains(scalars[index + 1])
      if isDigit && !isInside && scalar == "0" && !isLast { continue }
      isInside = isDigit
      result.append(scalar)
    }
    return String(result)
  }
}
