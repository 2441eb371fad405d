import Wording

/// A table of LaTeX as wide as the text, whose rows stand in blocks under titles. Needs booktabs and tabularx.
///
/// Every text in it is LaTeX already.
struct TeXTable {
  struct Block {
    let title: String
    /// The cells of each row, as many as the header has.
    let rows: [[String]]

    /// The same as blocks that fit on a page each, with about as many rows.
    var parts: [Block] {
      let most = TeXTable.mostRows - 1
      guard rows.count > most else { return [self] }
      let count = (rows.count + most - 1) / most
      return (0..<count).map { part in
        let own = rows[part * rows.count / count..<(part + 1) * rows.count / count]
        return Block(title: part == 0 ? title : "\(title), continued", rows: Array(own))
      }
    }
  }

  let label: String
  let caption: String
  /// What every page of it says it is of.
  let protocols: String
  /// The first column takes what width the others leave, and breaks its lines.
  let header: [String]
  let blocks: [Block]

  /// Rows that fit on a page under the longest caption, titles of blocks too, in letters of 12 points on A4.
  static let mostRows = 31

  /// The same as tables that fit on a page each, with about as many blocks.
  var pages: [TeXTable] {
    let blocks = blocks.flatMap(\.parts)
    let rows = blocks.reduce(0) { $0 + $1.rows.count + 1 }
    let most = blocks.map { $0.rows.count + 1 }.max() ?? 1
    let count = min(max(1, Self.mostRows / most), max(1, blocks.count))
    guard rows > Self.mostRows, count < blocks.count else { return [self] }
    let tables = (blocks.count + count - 1) / count
    return (0..<tables).map { page in
      let own = blocks[page * blocks.count / tables..<(page + 1) * blocks.count / tables]
      return TeXTable(
        label: page == 0 ? label : "\(label)-\(page + 1)",
        caption: page == 0 ? caption : "Table~\\ref{\(label)}, continued: \(protocols).",
        protocols: protocols, header: header, blocks: Array(own))
    }
  }

  /// A float of its own.
  var text: String {
    let columns =
      "@{}>{\\raggedright\\arraybackslash}Xr" + String(repeating: "c", count: header.count - 2)
    let title = "\\multicolumn{\(header.count)}{@{}p{\\linewidth}@{}}"
    var lines = [
      "\\begin{table*}", "  \\centering", "  \\caption{\(caption)}", "  \\label{\(label)}",
      "  \\vskip 6pt", "  \\scriptsize", "  \\setlength{\\tabcolsep}{3pt}",
      "  \\begin{tabularx}{\\linewidth}{\(columns)@{}}", "    \\toprule", "    " + Self.row(header),
      "    \\midrule",
    ]
    for (place, block) in blocks.enumerated() {
      if place > 0 { lines.append("    \\addlinespace[2pt]") }
      lines.append("    \(title){\\raggedright\\emph{\(block.title)}} \\\\")
      lines += block.rows.map { "    " + Self.row($0) }
    }
    lines += ["    \\bottomrule", "  \\end{tabularx}", "\\end{table*}"]
    return lines.joined(separator: "\n")
  }

  private static func row(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\" }

  /// A name that LaTeX may break where its column ends: after a sign between words, and within a long word.
  static func name(_ text: String) -> String {
    let letters = Array(text)
    var (pieces, piece, width) = ([String](), "", 0)
    for (place, letter) in letters.enumerated() {
      piece.append(letter)
      let next = place + 1 < letters.count ? letters[place + 1] : " "
      width = letter == " " ? 0 : width + signs(letter)
      if (width >= 16 && next != " ") || (",=/".contains(letter) && next.isLetter) {
        pieces.append(piece)
        (piece, width) = ("", 0)
      }
    }
    return (pieces + [piece]).map(\.tex).joined(separator: "\\allowbreak{}")
  }

  /// How many signs LaTeX sets for a letter: one that it has not got is named, such as U+4E2D.
  private static func signs(_ letter: Character) -> Int {
    let tex = String(letter).tex
    return tex.hasPrefix("U+") ? tex.count : 1
  }
}
