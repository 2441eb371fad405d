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
