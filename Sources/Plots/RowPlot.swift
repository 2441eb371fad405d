/// Values along one axis, a row for each thing that has some: scores with their intervals, subjects, seeds.
public struct RowPlot: Sendable {
  public struct Mark: Sendable {
    let value: Double
    let interval: ClosedRange<Double>?
    let colour: Int
    let shape: MarkShape
    let radius: Double
    /// What a pointer over it is told.
    let words: String?

    public init(
      _ value: Double, interval: ClosedRange<Double>? = nil, colour: Int = 0,
      shape: MarkShape = .dot, radius: Double = 4, words: String? = nil
    ) {
      (self.value, self.interval, self.colour) = (value, interval, colour)
      (self.shape, self.radius, self.words) = (shape, radius, words)
    }
  }

  /// Marks of one lane share a line; lanes lie under one another.
  public struct Row: Sendable {
    let label: String
    let lanes: [[Mark]]

    public init(_ label: String, _ lanes: [[Mark]]) { (self.label, self.lanes) = (label, lanes) }
  }

  private let axis: Axis
  private let rows: [Row]
  private let rule: Double?
  private let width: Double
  /// Whether a label stands above its row, since it would not fit beside it.
  private let isStacked: Bool
  private let labelWidth: Double

  private static let top = 4.0
  private static let bottom = 38.0
  private static let right = 16.0
  private static let lane = 13.0
  /// Between rows of one lane, and between rows of several, which a line parts.
  private static let gap = (narrow: 5.0, wide: 14.0)
  private static let labelHeight = 15.0
  private static let mostLabel = 112.0

  /// - Parameter rule: A value that a line goes through, such as no difference.
  public init(
    _ axis: Axis, rows: [Row], rule: Double? = nil, width: Double = Figure.standardWidth
  ) {
    (self.axis, self.rows, self.rule, self.width) = (axis, rows, rule, width)
    let widest = rows.map { TextFit.width($0.label, size: Figure.textSize) }.max() ?? 0
    isStacked = widest > Self.mostLabel
    labelWidth = isStacked ? 14 : max(widest + 8, 14)
  }

  private var isParted: Bool { rows.contains { $0.lanes.count > 1 } }
  private var gap: Double { isParted ? Self.gap.wide : Self.gap.narrow }

  private func height(_ row: Row) -> Double {
    Double(max(row.lanes.count, 1)) * Self.lane + gap + (isStacked ? Self.labelHeight : 0)
  }

  public var height: Double { Self.top + rows.reduce(0) { $0 + height($1) } + Self.bottom }

  private func x(_ value: Double) -> Double {
    labelWidth + axis.share(value) * (width - labelWidth - Self.right)
  }

  public func figure(id: String, title: String, description: String) -> Figure {
    let foot = height - Self.bottom
    var body: Markup = ""
    for tick in axis.ticks {
      body += "<path class=\"grid\" d=\"M\(x(tick.value)) \(Self.top)V\(foot)\"/>"
      body += """
        <text class="tick" x="\(x(tick.value))" y="\(foot + 13)" text-anchor="middle">\(tick.label)</text>
        """
    }
    if let rule { body += "<path class=\"rule\" d=\"M\(x(rule)) \(Self.top)V\(foot)\"/>" }
    body += """
      <text x="\(width - Self.right)" y="\(foot + 30)" text-anchor="end">\(axis.title)</text>
      """
    var y = Self.top
    for row in rows {
      let lanes = Double(max(row.lanes.count, 1)) * Self.lane
      if isParted, y > Self.top {
        body += "<path class=\"grid\" d=\"M0 \(y)H\(width - Self.right)\"/>"
      }
      let start = y + gap / 2 + (isStacked ? Self.labelHeight : 0)
      let room = isStacked ? width - 10 : labelWidth
      let label = TextFit.fitted(row.label, width: room, size: Figure.textSize)
      let words: Markup = label == row.label ? "" : "<title>\(row.label)</title>"
      body +=
        isStacked
        ? "<text x=\"2\" y=\"\(start - 4)\">\(label)\(words)</text>"
        : """
        <text x="\(labelWidth - 8)" y="\(start + lanes / 2 + 4)" text-anchor="end">\(label)\(words)</text>
        """
      for (place, marks) in row.lanes.enumerated() {
        let middle = start + (Double(place) + 0.5) * Self.lane
        for mark in marks {
          if let interval = mark.interval {
            body += """
              <path class="i\(mark.colour)" d="M\(x(interval.lowerBound)) \(middle)\
              H\(x(interval.upperBound))"/>
              """
          }
          body += mark.shape.markup(
            x(mark.value), middle, radius: mark.radius, colour: mark.colour, words: mark.words)
        }
      }
      y += height(row)
    }
    return Figure(
      id: id, title: title, description: description, width: width, height: height, body: body)
  }
}
