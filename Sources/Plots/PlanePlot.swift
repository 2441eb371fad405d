/// Values over two axes: curves with bands, bars, marks.
public struct PlanePlot: Sendable {
  public typealias Point = (x: Double, y: Double)

  private let x: Axis
  private let y: Axis
  private let width: Double
  private let height: Double
  private var marks: Markup = ""

  private static let top = 22.0
  private static let bottom = 36.0
  private static let right = 16.0
  private let left: Double

  public init(
    x: Axis, y: Axis, width: Double = Figure.standardWidth, height: Double = 220
  ) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
    left = 10 + (y.ticks.map { TextFit.width($0.label, size: Figure.textSize) }.max() ?? 0)
  }

  private func place(_ point: Point) -> (Double, Double) {
    (
      left + x.share(point.x) * (width - left - Self.right),
      height - Self.bottom - y.share(point.y) * (height - Self.top - Self.bottom)
    )
  }

  private func path(_ points: some Sequence<Point>) -> Markup {
    var path: Markup = ""
    for (index, point) in points.enumerated() {
      let (x, y) = place(point)
      path += index == 0 ? "M\(x) \(y)" : "L\(x) \(y)"
    }
    return path
  }

  /// A line through points.
  ///
  /// - Parameter style: Of the page's classes: `thin`, `thick` or `dash`.
  public mutating func line(_ points: [Point], colour: Int, style: String) {
    marks += "<path class=\"l\(colour) \(style)\" d=\"\(path(points))\"/>"
  }

  /// The room between two lines.
  public mutating func band(low: [Point], high: [Point], colour: Int) {
    marks += "<path class=\"b\(colour)\" d=\"\(path(low + high.reversed()))Z\"/>"
  }

  /// A bar from one x to another, on the y axis's low end or on another bar.
  public mutating func bar(
    from start: Double, to end: Double, above low: Double = 0, height: Double, colour: Int,
    words: String
  ) {
    let (leftEdge, foot) = place((start, low))
    let (rightEdge, head) = place((end, low + height))
    marks += """
      <rect class="f\(colour)" x="\(leftEdge + 0.5)" y="\(head)" width="\(max(rightEdge - leftEdge - 1, 0.5))" \
      height="\(foot - head)"><title>\(words)</title></rect>
      """
  }

  public mutating func mark(
    _ point: Point, colour: Int, shape: MarkShape = .dot, radius: Double = 4, words: String? = nil
  ) {
    let (x, y) = place(point)
    marks += shape.markup(x, y, radius: radius, colour: colour, words: words)
  }

  public func figure(id: String, title: String, description: String) -> Figure {
    let (foot, end) = (height - Self.bottom, width - Self.right)
    var body: Markup = ""
    for tick in y.ticks {
      let (_, level) = place((x.low, tick.value))
      body += "<path class=\"grid\" d=\"M\(left) \(level)H\(end)\"/>"
      body += """
        <text class="tick" x="\(left - 5)" y="\(level + 4)" text-anchor="end">\(tick.label)</text>
        """
    }
    for tick in x.ticks {
      let (column, _) = place((tick.value, y.low))
      body += "<path class=\"grid\" d=\"M\(column) \(foot)v4\"/>"
      body += """
        <text class="tick" x="\(column)" y="\(foot + 15)" text-anchor="middle">\(tick.label)</text>
        """
    }
    body += "<path class=\"axis\" d=\"M\(left) \(foot)H\(end)\"/>"
    body += "<text x=\"\(end)\" y=\"\(height - 4)\" text-anchor=\"end\">\(x.title)</text>"
    body += "<text x=\"0\" y=\"11\">\(y.title)</text>"
    return Figure(
      id: id, title: title, description: description, width: width, height: height,
      body: body + marks)
  }
}
