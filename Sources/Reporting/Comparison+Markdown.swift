extension Comparison {
  /// `comparison.md`.
  var markdown: String {
    var lines = ["# Comparison", ""] + sideLines.map { "- \($0)" } + [""]
    if !differenceRows.isEmpty { lines += Report.table(differenceRows) + [""] }
    if let differenceNote { lines += [differenceNote, ""] }
    for pair in pairs {
      lines += Report.table(rows(pair)) + ["", testLine(pair.test), "", Self.changeLine(pair), ""]
      if !pair.changes.isEmpty { lines += Report.table(changeRows(pair)) + [""] }
    }
    return (lines + notes).joined(separator: "\n") + "\n"
  }
}
