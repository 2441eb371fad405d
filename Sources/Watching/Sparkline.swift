/// A curve in a line of text, its highest value at the top.
struct Sparkline {
  let text: String

  /// Lowest first.
  private static let (blocks, plain) = (Array("▁▂▃▄▅▆▇█"), Array("_.-=+*^#"))

  /// - Parameters:
  ///   - values: Finite; several that share a column count with their mean.
  init(_ values: [Double], width: Int, unicode: Bool) {
    let columns = min(values.count, width)
    let means = (0..<columns).map { column in
      let part = values[column * values.count / columns..<(column + 1) * values.count / columns]
      return part.reduce(0, +) / Double(part.count)
    }
    let marks = unicode ? Self.blocks : Self.plain
    let (low, high) = (means.min() ?? 0, means.max() ?? 0)
    text = String(
      means.map { value in
        guard high > low else { return marks[0] }
        return marks[min(Int((value - low) / (high - low) * Double(marks.count)), marks.count - 1)]
      })
  }
}
