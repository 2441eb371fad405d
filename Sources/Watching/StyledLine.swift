/// A line of the screen: pieces of text, some of which stand out where the terminal can show it.
struct StyledLine {
  /// How a piece stands out; the text alone must say the same.
  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"
  }

  private var pieces: [(text: String, style: Style?)] = []
  /// Characters.
  private(set) var width = 0

  init() {}

  init(_ text: String, _ style: Style? = nil) { add(text, style) }

  mutating func add(_ text: String, _ style: Style? = nil) {
    guard !text.isEmpty else { return }
    width += text.count
    if let last = pieces.last, last.style == style {
      pieces[pieces.count - 1].text += text
    } else {
      pieces.append((text, style))
    }
  }

  /// Adds blanks up to a column.
  mutating func pad(to column: Int) {
    add(String(repeating: " ", count: max(0, column - width)))
  }

  /// At most so many columns, without blanks at the end; with escape codes if there may be colour. What is cut off
  /// has a mark in its place.
  func text(columns: Int, colour: Bool, unicode: Bool) -> String {
    let mark = String.ellipsis(unicode: unicode)
    let isMarked = width > columns && columns > mark.count
    var left = isMarked ? columns - mark.count : columns
    var shown: [(text: String, style: Style?)] = []
    for piece in pieces where left > 0 {
      let text = String(piece.text.prefix(left))
      left -= text.count
      shown.append((text, piece.style))
    }
    while let last = shown.last, last.text.allSatisfy({ $0 == " " }) { shown.removeLast() }
    if let last = shown.last {
      let blanks = last.text.reversed().prefix { $0 == " " }.count
      shown[shown.count - 1].text.removeLast(blanks)
    }
    if isMarked { shown.append((mark, .dim)) }
    return shown.map { piece in
      guard colour, let style = piece.style else { return piece.text }
      return "\u{1B}[\(style.rawValue)m\(piece.text)\u{1B}[0m"
    }.joined()
  }
}
