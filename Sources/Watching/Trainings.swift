import Tasks
import Wording

/// The trainings that run, a line each: how far, where, and the curve of their losses.
///
/// Which training it is, and its ranks, are always there: where there is little room first the curve gives way, then
/// hosts, the middle of the setting's name, the speed, where it went on from, and the loss.
struct Trainings {
  private let state: WatchState
  private let width: Int
  private let unicode: Bool
  private var most = Int.max

  /// What a line says besides the training's name, its epoch and its ranks.
  private struct Parts: OptionSet {
    let rawValue: Int
    static let hosts = Parts(rawValue: 1)
    static let speed = Parts(rawValue: 2)
    static let again = Parts(rawValue: 4)
    static let loss = Parts(rawValue: 8)
  }

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
    let epochs = shown.map { training in
      // 0: no step is known.
      "epoch \(training.epoch > 0 ? "\(training.epoch)" : "-")"
        + (training.epochs.map { "/\($0)" } ?? "")
    }
    let losses = shown.map { $0.losses.last.map { "loss \(decimals($0, 4))" } ?? "" }
    // Columns of each, with two blanks.
    let epochWidth = max(Self.longest(epochs), 12) + 2
    let lossWidth = max(Self.longest(losses), 11) + 2
    func besides(_ parts: Parts) -> Int {
      2 + epochWidth + (parts.contains(.loss) ? lossWidth : 0)
        + Self.longest(shown.map { place($0, parts) })
    }
    let names = (
      full: Self.longest(shown.map { $0.task.description.visible }),
      least: shown.map { leastName($0.task) }.max() ?? 0
    )
    let parts =
      choices.first { besides($0.parts) + ($0.isShort ? names.least : names.full) <= width }?.parts
      ?? []
    let name = min(names.full, max(width - besides(parts), 5))
    // Columns at which the parts begin.
    let loss = name + 2 + epochWidth
    let curve = loss + (parts.contains(.loss) ? lossWidth : 0)
    let room = min(width - name - besides(parts) - 2, Self.longestCurve)
    let hasCurve = parts.contains(.loss) && room >= Self.shortestCurve
    let titles = self.names(shown.map(\.task), columns: name)
    let lines = zip(zip(shown, titles), zip(epochs, losses)).map { named, texts in
      let (training, title) = named
      var line = StyledLine(title, .cyan)
      line.pad(to: name + 2)
      line.add(texts.0)
      line.pad(to: loss)
      if parts.contains(.loss) { line.add(texts.1) }
      line.pad(to: curve)
      if hasCurve {
        line.add(Sparkline(training.losses, width: room, unicode: unicode).text)
        line.pad(to: curve + room + 2)
      }
      line.add(place(training, parts), .dim)
      return line
    }
    let more = count - shown.count
    return lines + (more > 0 ? [StyledLine("and \(counted(more, "training")) more", .dim)] : [])
  }

  private static let (shortestCurve, longestCurve) = (4, 60)

  private static func longest(_ texts: [String]) -> Int { texts.map(\.count).max() ?? 0 }

  /// What a line may say, best first, and whether names may be shortened for it.
  private var choices: [(parts: Parts, isShort: Bool)] {
    let all: [(parts: Parts, isShort: Bool)] = [
      ([.hosts, .speed, .again, .loss], false), ([.speed, .again, .loss], false),
      ([.speed, .again, .loss], true), ([.again, .loss], true), ([.loss], true), ([], true),
    ]
    // Hosts beside short curves would be hard to read.
    return width >= 100 ? all : Array(all.dropFirst())
  }

  // MARK: - Names

  /// Characters behind the setting's name: seed and number of an inner training.
  private func tail(_ task: TaskKey) -> Int {
    let others = TaskKey(seed: task.seed, split: "", inner: task.inner).description.count
    return max(others, task.setting == nil ? 0 : 1)
  }

  /// Columns in which fold, seed and inner training have room, and some letters of the setting.
  private func leastName(_ task: TaskKey) -> Int {
    let full = task.description.visible.count
    guard task.setting != nil else { return full }
    let mark = String.ellipsis(unicode: unicode).count
    return min(full, task.split.visible.count + 2 + mark + 4 + tail(task))
  }

  /// The trainings' names in at most so many columns. Of what is too long the setting is shortened, so that
  /// different ones do not read the same.
  private func names(_ tasks: [TaskKey], columns: Int) -> [String] {
    var names = tasks.map(\.description.visible)
    func parts(_ place: Int) -> (head: Int, tail: Int) {
      (tasks[place].split.visible.count + 2, tail(tasks[place]))
    }
    let long = names.indices.filter { names[$0].count > columns }
    // Columns for their settings.
    for (room, places) in Dictionary(
      grouping: long, by: { columns - parts($0).head - parts($0).tail })
    {
      let settings = places.map {
        String(names[$0].dropFirst(parts($0).head).dropLast(parts($0).tail))
      }.shortened(to: room, unicode: unicode)
      for (place, setting) in zip(places, settings) {
        let (head, tail) = parts(place)
        names[place] =
          room > 0
          ? names[place].prefix(head) + setting + names[place].suffix(tail)
          : names[place].shortened(to: columns, keeping: tail, unicode: unicode)
      }
    }
    return names
  }

  // MARK: - Places

  private func place(_ training: WatchState.Running, _ parts: Parts) -> String {
    let ranks = WatchState.named(training.ranks)
    let hosts = parts.contains(.hosts) ? training.hosts.joined(separator: " ").visible : ""
    var texts: [String] = []
    if parts.contains(.speed), training.isSilent {
      texts.append("silent")
    } else if parts.contains(.speed), let speed = training.samplesPerSecond {
      texts.append("\(decimals(speed, 0))/s")
    }
    texts.append(ranks + (hosts.isEmpty ? "" : " on \(hosts)"))
    if parts.contains(.again), let epoch = training.resumedAfter {
      texts.append("from epoch \(epoch)")
    }
    return texts.joined(separator: ", ")
  }
}
