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
    let epochs = shown.map { training in
      // 0: no step is known.
      "epoch \(training.epoch > 0 ? "\(training.epoch)" : "-")"
        + (training.epochs.map { "/\($0)" } ?? "")
    }
    let places = shown.map(place)
    // Columns at which the parts begin.
    let epoch = min(max(names.map(\.count).max() ?? 0, 5), max(8, width / 4)) + 2
    let loss = epoch + max(epochs.map(\.count).max() ?? 0, 12) + 2
    let curve = loss + 13
    // The curve takes what is left, and gives way where there is little.
    let room = min(width - curve - (places.map(\.count).max() ?? 0) - 2, Self.longestCurve)
    let place = room < Self.shortestCurve ? curve : curve + room + 2
    let lines = shown.indices.map { row in
      var line = StyledLine(String(names[row].prefix(epoch - 2)), .cyan)
      line.pad(to: epoch)
      line.add(epochs[row])
      line.pad(to: loss)
      if let last = shown[row].losses.last { line.add("loss \(decimals(last, 4))") }
      line.pad(to: curve)
      if room >= Self.shortestCurve {
        line.add(Sparkline(shown[row].losses, width: room, unicode: unicode).text)
      }
      line.pad(to: place)
      line.add(places[row], .dim)
      return line
    }
    let more = count - shown.count
    return lines + (more > 0 ? [StyledLine("and \(counted(more, "training")) more", .dim)] : [])
  }

  private static let (shortestCurve, longestCurve) = (4, 60)

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
