/// How wide text is likely to be, since nobody measures it before a browser does.
public enum TextFit {
  /// Pixels of a text at a font size, by the wide letters of DejaVu Sans: seldom too few.
  public static func width(_ text: String, size: Double) -> Double {
    size * text.reduce(0) { $0 + width($1) }
  }

  /// The text, or its beginning and end around `…` if it is wider than that.
  public static func fitted(_ text: String, width limit: Double, size: Double) -> String {
    guard width(text, size: size) > limit else { return text }
    let characters = Array(text)
    var (head, tail) = (0, 0)
    var room = limit - width("…", size: size)
    // The end of a name tells it from others as often as the beginning.
    while head + tail < characters.count {
      let isTail = tail < head / 2
      let next = isTail ? characters[characters.count - 1 - tail] : characters[head]
      room -= size * width(next)
      guard room >= 0 else { break }
      if isTail { tail += 1 } else { head += 1 }
    }
    return String(characters[..<head]) + "…" + String(characters[(characters.count - tail)...])
  }

  /// In units of the font size.
  private static func width(_ character: Character) -> Double {
    guard character.isASCII else { return character == "…" || character == "·" ? 0.8 : 1.4 }
    switch character {
    case "i", "j", "l", "t", "f", "I", "'", ".", ",", ":", ";", "|", " ": return 0.42
    case "m", "w", "M", "W", "@", "%": return 1.02
    case "A"..."Z", "=", "+", "<", ">", "#", "~": return 0.84
    default: return 0.65
    }
  }
}
