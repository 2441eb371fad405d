extension String {
  /// What stands for characters that are left out.
  static func ellipsis(unicode: Bool) -> String { unicode ? "…" : "..." }

  /// The text in at most so many columns: what is too long loses its middle, since names differ at their ends.
  ///
  /// - Parameters:
  ///   - end: Characters of the end that stay, where there is room for them; nil: as many as of the beginning.
  ///   - unicode: Whether the terminal shows more than ASCII.
  func shortened(to columns: Int, keeping end: Int? = nil, unicode: Bool) -> String {
    guard count > columns else { return self }
    let mark = Self.ellipsis(unicode: unicode)
    let room = columns - mark.count
    guard room >= 2 else { return String(prefix(Swift.max(columns, 0))) }
    let kept = Swift.min(end ?? room / 2, room - 1)
    return "\(prefix(room - kept))\(mark)\(suffix(kept))"
  }
}

extension String {
  /// The text in at most so many columns: of what is too long a part around one place stays.
  ///
  /// - Parameter place: Characters before it.
  fileprivate func shortened(to columns: Int, around place: Int, unicode: Bool) -> String {
    guard count > columns else { return self }
    let mark = Self.ellipsis(unicode: unicode)
    // Between two marks.
    let room = columns - 2 * mark.count
    guard room >= 2 else { return String(dropFirst(place).prefix(Swift.max(columns, 0))) }
    let start = place - room / 2
    if start <= mark.count { return "\(prefix(columns - mark.count))\(mark)" }
    if count - start <= room + mark.count { return "\(mark)\(suffix(columns - mark.count))" }
    return "\(mark)\(dropFirst(start).prefix(room))\(mark)"
  }
}

extension [String] {
  /// The texts in at most so many columns each. Where different ones would read the same, what stays is the part in
  /// which they differ, as far as there is room for it.
  func shortened(to columns: Int, unicode: Bool) -> [String] {
    var short = map { $0.shortened(to: columns, unicode: unicode) }
    func tellApart(_ places: [Int]) {
      for alike in Dictionary(grouping: places, by: { short[$0] }).values {
        let common = alike.map { place in
          zip(self[alike[0]], self[place]).prefix { $0.0 == $0.1 }.count
        }.min()
        guard let common, Set(alike.map { self[$0] }).count > 1 else { continue }
        for place in alike {
          short[place] = self[place].shortened(to: columns, around: common, unicode: unicode)
        }
        // Those that begin with more in common may still read the same.
        if Set(alike.map { short[$0] }).count > 1 { tellApart(alike) }
      }
    }
    tellApart(Array<Int>(indices))
    return short
  }
}
