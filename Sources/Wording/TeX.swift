import Foundation

extension String {
  /// This text as LaTeX sets it, whatever it holds: with the standard packages alone and any encoding of fonts.
  ///
  /// A character that they do not have is named, such as U+4E2D.
  public var tex: String {
    var text = ""
    for scalar in decomposedStringWithCanonicalMapping.unicodeScalars {
      if let accent = Self.accents[scalar], let letter = text.last, Self.takesAccent(letter) {
        text.removeLast()
        // An i or j loses its dot.
        let base = ["i", "j"].contains(letter) ? "\\\(letter)" : String(letter)
        text += "\\\(accent){\(base)}"
      } else {
        let next = Self.tex(scalar)
        if Self.isLigature(text.last, next.first) { text += "{}" }
        text += next
      }
    }
    return text
  }

  private static func tex(_ scalar: Unicode.Scalar) -> String {
    if let known = characters[scalar] { return known }
    if (0x20..<0x7F).contains(scalar.value) { return String(scalar) }
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "U+" + String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits
  }

  /// Whether TeX's fonts make one sign of another meaning of two neighbours, such as a dash of two hyphens.
  private static func isLigature(_ first: Character?, _ second: Character?) -> Bool {
    guard let first, let second else { return false }
    return ["--", "``", "''", ",,", "?`", "!`"].contains("\(first)\(second)")
  }

  private static func takesAccent(_ letter: Character) -> Bool {
    letter.isASCII && letter.isLetter
  }

  /// What stands after a backslash for each combining mark.
  private static let accents: [Unicode.Scalar: String] = [
    "\u{300}": "`", "\u{301}": "'", "\u{302}": "^", "\u{303}": "~", "\u{304}": "=",
    "\u{306}": "u", "\u{307}": ".", "\u{308}": "\"", "\u{30A}": "r", "\u{30B}": "H",
    "\u{30C}": "v", "\u{327}": "c", "\u{323}": "d",
  ]

  /// Those that mean something else to TeX, after `\\` too, and some that its fonts have by other names.
  private static let characters: [Unicode.Scalar: String] = [
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#",
    "_": "\\_", "%": "\\%", "^": "\\textasciicircum{}", "~": "\\textasciitilde{}",
    "<": "$<$", ">": "$>$", "|": "$|$", "\"": "\\char34{}", "\u{A0}": "~",
    "[": "{[}", "*": "{*}",
    "±": "$\\pm$", "×": "$\\times$", "−": "$-$", "…": "\\ldots{}", "–": "--", "—": "---",
    "‘": "`", "’": "'", "“": "``", "”": "''", "·": "$\\cdot$", "°": "$^\\circ$", "µ": "$\\mu$",
    "ß": "\\ss{}", "æ": "\\ae{}", "Æ": "\\AE{}", "œ": "\\oe{}", "Œ": "\\OE{}", "ø": "\\o{}",
    "Ø": "\\O{}", "ł": "\\l{}", "Ł": "\\L{}", "ı": "\\i{}", "§": "\\S{}", "≤": "$\\le$",
    "≥": "$\\ge$",
  ]
}
