/// Every training of a run as a cell, or several in one where there is no room.
struct Grid {
  /// What a cell shows.
  enum Mark: Character, CaseIterable {
    case finished = "#"
    case running = ">"
    /// Some of the cell's trainings.
    case partly = "+"
    case left = "~"
    case waiting = "."
    case failed = "x"

    init(_ status: WatchState.TaskStatus) {
      self =
        switch status {
        case .waiting: .waiting
        case .running: .running
        case .left: .left
        case .finished: .finished
        case .failed: .failed
        }
    }

    /// Of several trainings: what most needs a look.
    init(_ statuses: ArraySlice<WatchState.TaskStatus>) {
      let marks = Set(statuses.map(Mark.init))
      self =
        marks.count == 1
        ? marks.first ?? .waiting
        : marks.contains(.failed) ? .failed : marks.contains(.running) ? .running : .partly
    }

    var name: String {
      switch self {
      case .finished: "finished"
      case .running: "running"
      case .partly: "partly finished"
      case .left: "left in the middle"
      case .waiting: "waiting"
      case .failed: "failed"
      }
    }

    var style: StyledLine.Style {
      switch self {
      case .finished: .green
      case .running: .cyan
      case .partly, .left: .yellow
      case .waiting: .dim
      case .failed: .red
      }
    }
  }

  /// With names as they are shown.
  private let rows: [WatchState.Row]
  private let width: Int
  /// Columns of the names, with a blank.
  private let names: Int
  private var most = Int.max

  /// Columns that a row's name may have where cells need the others.
  private static let longestName = 28

  init(_ rows: [WatchState.Row], width: Int, unicode: Bool) {
    self.width = width
    let longest = rows.map(\.name.count).max() ?? 0
    let cells = rows.map(\.statuses.count).max() ?? 0
    let most = max(min(Self.longestName, width / 2), width - cells - 1)
    names = longest == 0 ? 0 : min(longest, most) + 1
    let short = rows.map(\.name).shortened(to: max(names - 1, 0), unicode: unicode)
    self.rows = zip(rows, short).map { WatchState.Row(name: $1, statuses: $0.statuses) }
  }

  private var columns: Int { max(1, width - names) }

  /// Lines that each row has if every training has a cell.
  private var full: [Int] { rows.map { ($0.statuses.count + columns - 1) / columns } }

  var lineCount: Int { min(full.reduce(0, +), most) }

  /// Leaves it so many lines.
  mutating func limit(to most: Int) { self.most = most }

  var lines: [StyledLine] {
    if full.reduce(0, +) <= most { return rows.flatMap { lines($0, of: .max) } }
    if rows.count <= most {
      // Rows get a line in turn until all are used.
      return rows.flatMap { lines($0, of: most / rows.count) }
    }
    // The last line stands for what has no room: rows that are at an end say least.
    let open = rows.filter { row in row.statuses.contains { $0 != .finished } }
    let shown = open.prefix(most - 1)
    let rest = open.dropFirst(shown.count)
    let done = rows.count - open.count
    var line = StyledLine("and \(rest.count) more rows", .dim)
    if done > 0 { line.add(", \(done) rows finished", .dim) }
    return shown.flatMap { lines($0, of: 1) } + [line]
  }

  /// A row in at most so many lines.
  private func lines(_ row: WatchState.Row, of most: Int) -> [StyledLine] {
    let statuses = row.statuses
    let count = max(1, min((statuses.count + columns - 1) / columns, most))
    let cells = min(statuses.count, count * columns)
    return (0..<count).map { number in
      var line = StyledLine(number == 0 ? row.name : "")
      line.pad(to: names)
      for cell in number * columns..<min((number + 1) * columns, cells) {
        let mark = Mark(
          statuses[cell * statuses.count / cells..<(cell + 1) * statuses.count / cells])
        line.add(String(mark.rawValue), mark.style)
      }
      return line
    }
  }
}
