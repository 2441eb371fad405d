/// A plot as SVG, with the words that say it to a person who does not see it.
public struct Figure: Sendable {
  public let width: Double
  public let height: Double
  /// Unique on its page.
  public let id: String
  public let title: String
  public let description: String
  public let body: Markup

  public init(
    id: String, title: String, description: String, width: Double, height: Double, body: Markup
  ) {
    (self.id, self.title, self.description) = (id, title, description)
    (self.width, self.height, self.body) = (width, height, body)
  }

  public var svg: Markup {
    """
    <svg viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" role="img" \
    aria-labelledby="\(id)-t \(id)-d"><title id="\(id)-t">\(title)</title>\
    <desc id="\(id)-d">\(description)</desc>\(body)</svg>
    """
  }

  /// Pixels of a plot's width: it fits a phone's, and several fit beside one another on a screen.
  public static let standardWidth = 336.0
  /// Of text in a plot, in pixels.
  static let textSize = 11.0
}

/// How something is drawn: which of the colours, which shape.
public enum MarkShape: String, Sendable {
  case dot
  case ring
  case diamond
  case triangle

  /// - Parameter radius: In pixels.
  func markup(_ x: Double, _ y: Double, radius: Double, colour: Int, words: String?) -> Markup {
    let title: Markup = words.map { "<title>\($0)</title>" } ?? ""
    switch self {
    case .dot:
      return
        "<circle class=\"f\(colour)\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(radius)\">\(title)</circle>"
    case .ring:
      return
        "<circle class=\"o\(colour)\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(radius)\">\(title)</circle>"
    case .diamond:
      let r = radius * 1.3
      return """
        <path class="f\(colour)" d="M\(x) \(y - r)L\(x + r) \(y)L\(x) \(y + r)L\(x - r) \(y)Z">\
        \(title)</path>
        """
    case .triangle:
      let r = radius * 1.2
      return """
        <path class="f\(colour)" d="M\(x) \(y - r)L\(x + r) \(y + r)L\(x - r) \(y + r)Z">\(title)</path>
        """
    }
  }

  /// The shape beside its meaning.
  public func key(colour: Int) -> Markup {
    """
    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">\
    \(markup(7, 7, radius: 4, colour: colour, words: nil))</svg>
    """
  }
}
