import Foundation
import Wording

/// What `htnet watch` shows of a run, as lines: a pure function of the state and the terminal.
public struct Screen: Sendable {
  /// Columns of the terminal.
  public let width: Int
  /// Its lines; nil: as many as there is to say, for a file.
  public let height: Int?
  public let colour: Bool
  /// Whether it shows more than ASCII.
  public let unicode: Bool

  public init(width: Int, height: Int?, colour: Bool, unicode: Bool) {
    self.width = max(width, 1)
    self.height = height
    self.colour = colour
    self.unicode = unicode
  }

  /// Lines besides grid and trainings that a part may have where the height is bounded.
  private static let (mostScores, mostNotes) = (4, 3)
  /// Columns that the run's path has at least.
  private static let shortestPath = 20

  /// - Parameter isLive: Whether the lines are renewed, and a key ends that.
  public func lines(_ state: WatchState, isLive: Bool = false) -> [String] {
    let end = isLive ? [StyledLine(keys(state.phase), .dim)] : []
    let head = self.head(state) + legend(state)
    let scores = limited(
      ScoreLines(scores: state.scores, width: width, unicode: unicode).lines, Self.mostScores)
    let notes = limited(self.notes(state), Self.mostNotes)
    var grid = Grid(state.rows, width: width, unicode: unicode)
    var running = Trainings(state, width: width, unicode: unicode)
    if let height {
      // Parts and the blank lines between them.
      let others = [head, scores, notes, end].filter { !$0.isEmpty }
      let room = max(0, height - others.reduce(0) { $0 + $1.count } - others.count)
      let trainings = min(running.lineCount, max(room / 2, room - grid.lineCount))
      grid.limit(to: max(1, room - trainings))
      running.limit(to: max(0, room - grid.lineCount))
    }
    var lines: [StyledLine] = []
    for part in [head + grid.lines, running.lines, scores, notes] where !part.isEmpty {
      lines += (lines.isEmpty ? [] : [StyledLine()]) + part
    }
    if let height { lines = Array(lines.prefix(max(0, height - end.count))) }
    return (lines + end).map { $0.text(columns: width, colour: colour, unicode: unicode) }
  }

  /// What the key ends, and what it does not.
  private func keys(_ phase: WatchState.Phase) -> String {
    switch phase {
    case .running: "q ends the view; the run goes on"
    case .silent: "q ends the view, not the job"
    case .prepared, .withoutLedger, .dead, .stopped: "q ends the view; a job that begins shows here"
    case .finished: "q ends the view"
    }
  }

  private func limited(_ lines: [StyledLine], _ most: Int) -> [StyledLine] {
    guard height != nil, lines.count > most else { return lines }
    return lines.prefix(most - 1) + [StyledLine("and \(lines.count - most + 1) more", .dim)]
  }

  // MARK: - Parts

  private func head(_ state: WatchState) -> [StyledLine] {
    let (word, style) = phase(state.phase)
    let room = max(width - 2 - word.count, min(width / 2, Self.shortestPath))
    var title = StyledLine(state.path.visible.shortened(to: room, unicode: unicode), .bold)
    title.add(": ")
    title.add(word, style)
    guard let job = state.job else { return [title] }
    var facts = StyledLine("\(state.finished)/\(state.tasks) finished")
    if !state.phase.isOver {
      facts.add(" | " + (state.secondsLeft.map { "ETA \(duration($0))" } ?? "ETA not known yet"))
      if state.secondsLeft != nil, !state.silent.isEmpty { facts.add(" if all go on", .red) }
      facts.add(" | \(state.samplesPerSecond.map { decimals($0, 0) } ?? "-") samples/s")
    }
    if state.resumes > 0 { facts.add(" | begun again \(counted(state.resumes, "time"))") }
    let hosts = Set(job.machine.hosts).sorted()
    var machine = StyledLine("job \(state.jobs) since \(job.time)", .dim)
    machine.add(
      ", \(counted(job.machine.ranks, "rank")) on \(counted(hosts.count, "host"))", .dim)
    if !state.lost.isEmpty { machine.add(", \(state.lost.count) lost", .red) }
    if state.idleGroups > 0 { machine.add(", \(counted(state.idleGroups, "group")) idle", .dim) }
    machine.add(": \(hosts.joined(separator: " ").visible)", .dim)
    return [title, facts, machine]
  }

  private func phase(_ phase: WatchState.Phase) -> (String, StyledLine.Style) {
    func time(_ date: Date) -> String { date.formatted(.iso8601) }
    return switch phase {
    case .prepared: ("no job has begun", .yellow)
    case .withoutLedger: ("ledger.jsonl is missing or empty beside results", .red)
    case .running: ("running", .green)
    case .silent(let since): ("SILENT since \(time(since)): a rank may hang", .red)
    case .dead(let since?): ("the job has died; last sign of it \(time(since))", .red)
    case .dead(nil): ("the job has died; nobody knows when", .red)
    case .stopped(let time, let reason): ("stopped at \(time) (\(reason.visible))", .yellow)
    case .finished(let time): ("finished at \(time)", .green)
    }
  }

  /// The grid's signs with their counts, in as many lines as they need.
  private func legend(_ state: WatchState) -> [StyledLine] {
    var lines: [StyledLine] = []
    var line = StyledLine()
    for mark in Grid.Mark.allCases {
      let count = state.count { Grid.Mark($0) == mark }
      guard count > 0 else { continue }
      let words = " \(count) \(mark.name)"
      if line.width > 0, line.width + 4 + words.count > width {
        lines.append(line)
        line = StyledLine()
      }
      line.add(line.width > 0 ? "   " : "")
      line.add(String(mark.rawValue), mark.style)
      line.add(words)
    }
    return line.width > 0 ? lines + [line] : lines
  }

  private func notes(_ state: WatchState) -> [StyledLine] {
    // The first, and in one line, so that no other keeps it off a low screen.
    let lost =
      state.lost.isEmpty
      ? [] : [StyledLine("lost in job \(state.jobs): \(state.lost.named)", .red)]
    return lost + (state.silent + state.failures).map { StyledLine($0.visible, .red) }
      + state.slow.map { StyledLine($0.visible, .yellow) }
      + state.troubles.map { StyledLine($0.visible, .red) }
  }
}
