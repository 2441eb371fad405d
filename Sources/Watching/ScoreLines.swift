import Evaluation
import Wording

/// What the finished folds score, a line for each setting and protocol.
///
/// Where there is little room first the number of seeds gives way, then that of clips, then the name of a protocol
/// that is called optimistic, then the intervals, and only then a setting's name.
struct ScoreLines {
  let scores: [WatchState.Score]
  let width: Int
  let unicode: Bool

  /// What a line says besides score, protocol and setting.
  private struct Parts: OptionSet {
    let rawValue: Int
    static let interval = Parts(rawValue: 1)
    static let fullProtocol = Parts(rawValue: 2)
    static let clips = Parts(rawValue: 4)
    static let seeds = Parts(rawValue: 8)
  }

  /// Best first.
  private static let choices: [Parts] = [
    [.interval, .fullProtocol, .clips, .seeds], [.interval, .fullProtocol, .clips],
    [.interval, .fullProtocol], [.interval], [],
  ]
  /// Columns that a setting's name has at least.
  private static let shortestName = 8

  var lines: [StyledLine] {
    let names = scores.map(\.setting.visible)
    for parts in Self.choices {
      let lines = zip(scores, names).map { line($0, $1, parts) }
      if lines.allSatisfy({ $0.width <= width }) { return lines }
    }
    // All of one length, so that names which differ do so in each line.
    let room = scores.map { width - line($0, "", []).width - 2 }.min() ?? 0
    let short = names.shortened(to: max(room, Self.shortestName), unicode: unicode)
    return zip(scores, short).map { line($0, $1, []) }
  }

  private func line(_ score: WatchState.Score, _ name: String, _ parts: Parts) -> StyledLine {
    var line = StyledLine("UF1 \(decimals(score.uf1, 4))", .bold)
    if parts.contains(.interval), let interval = score.interval {
      line.add(" [\(decimals(interval.low, 4)), \(decimals(interval.high, 4))]")
    }
    let isShort = score.name.isOptimistic && !parts.contains(.fullProtocol)
    line.add(isShort ? " optimistic" : " " + score.name.rawValue)
    if score.name.isOptimistic, !isShort { line.add(" (optimistic)") }
    if !name.isEmpty { line.add(", " + name) }
    if parts.contains(.clips) { line.add(", " + counted(score.clips, "clip")) }
    if parts.contains(.seeds), score.seeds > 1 { line.add(", \(score.seeds) seeds") }
    return line
  }
}
