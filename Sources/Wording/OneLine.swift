/// Text in one line of a message, whatever it holds.
extension String {
  /// The text with each control character, a line's end among them, as `\u{A}`.
  public var visible: String {
    guard firstControl != nil else { return self }
    return unicodeScalars.map { scalar in
      Self.isControl(scalar)
        ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
    }.joined()
  }

  /// The first control character as people name it, such as `U+000A`; nil: there is none.
  public var firstControl: String? {
    unicodeScalars.first(where: Self.isControl).map { scalar in
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
  }

  /// C0, delete and C1, and the two that end a line or a paragraph.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: true
    default: false
    }
  }
}
