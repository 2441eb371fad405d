import Wording

/// The trainings that run, a line each: how far, where, and the curve of their losses.
struct Trainings {
  private let state: WatchState
  private let width: Int
  private let unicode: Bool
  private var most = Int.max

  init(_ state: WatchState, width: Int, unicode: Bool) {
    self.state = state
    self.width = width
    self.unicode = unicode
  }

  private var count: Int { state.running.count + state.others }

  var lineCount: Int { min(count + (state.others > 0 ? 1 : 0), most) }

  /// Leaves it so many lines.
  mutating func limit(to most: Int) { self.most = most }

  var lines: [StyledLine] {
    guard most > 0, count > 0 else { return [] }
    let shown =
      count <= most && state.others == 0 ? state.running[...] : state.running.prefix(most - 1)
    let names = shown.map { $0.task.description.visible }
    let name = min(max(names.map(\.count).max() ?? 0, 5), max(8, width / 4))
    let lines = zip(shown, names).map { line($0, String($1.prefix(name)), column: name + 2) }
    let more = count - shown.count
    return lines + (more > 0 ? [StyledLine("and \(counted(more, "training")) more", .dim)] : [])
  }

  private func line(_ training: WatchState.Running, _ name: String, column: Int) -> StyledLine {
    var line = StyledLine(name, .cyan)
    line.pad(to: column)
    let all = training.epochs.map { "/\($0)" } ?? ""
    line.add("epoch \(training.epoch)\(all)")
    line.pad(to: column + 17)
    if let loss = training.losses.last { line.add("loss \(decimals(loss, 4))") }
    line.pad(to: column + 30)
    let site = place(training)
    // The curve takes what is left, and gives way to hosts where there is little.
    let curve = min(max(0, width - line.width - site.count - 2), 60)
    if curve >= 4 {
      line.add(Sparkline(training.losses, width: curve, unicode: unicode).text)
      line.pad(to: column + 32 + curve)
    }
    line.add(site, .dim)
    return line
  }

  private func place(_ training: WatchState.Running) -> String {
    let speed = training.samplesPerSecond.map { "\(decimals($0, 0))/s" }
    let again = training.resumedAfter.map { "from epoch \($0)" }
    let ranks =
      training.ranks.count == 1
      ? "rank \(training.ranks[0])"
      : "\(training.ranks.count) ranks from \(training.ranks.first ?? 0)"
    let hosts = training.hosts.joined(separator: " ").visible
    let parts = [speed, ranks + (width >= 100 && !hosts.isEmpty ? " on \(hosts)" : ""), again]
    return parts.compactMap { $0 }.joined(separator: ", ")
  }
}
