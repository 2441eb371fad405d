import Dispatch
import Files
import Foundation
import RunStore

/// Shows a run until it is finished, or somebody ends the view.
public struct LiveView {
  private let watch: RunWatch
  private let variables: [String: String]

  /// Seconds between two looks; no faster, whatever is typed.
  private static let interval = 0.5

  /// - Parameter variables: The environment's.
  public init(_ watch: RunWatch, variables: [String: String]) {
    self.watch = watch
    self.variables = variables
  }

  /// Colour where the terminal and its user want it (https://no-color.org).
  private var colour: Bool { (variables["NO_COLOR"] ?? "").isEmpty }

  private var unicode: Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { variables[$0] }.first { !$0.isEmpty }
    return locale.map { $0.lowercased().replacing("-", with: "").contains("utf8") } ?? false
  }

  /// The run as it is now, for a file, a pipe, or a terminal that cannot renew lines.
  ///
  /// - Throws: As `RunWatch.look`.
  public func snapshot() throws -> [String] {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    var size = winsize()
    let known = isTerminal && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let asked = variables["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    let width = known ? Int(size.ws_col) : asked ?? 80
    return Screen(
      width: width, height: nil,
      colour: colour && isTerminal && variables["TERM"] != "dumb", unicode: unicode
    ).lines(try watch.look(waits: true))
  }

  /// Shows the run until its end, or the view's. Where there is no terminal for that it shows it once.
  ///
  /// - Parameter print: Of lines that stay.
  /// - Throws: As `RunWatch.look`; the terminal is as before then too.
  public func run(print: (String) -> Void) throws {
    defer { watch.close() }
    var state = try watch.look()
    if !state.phase.isFinal, let terminal = LiveTerminal(kind: variables["TERM"]) {
      defer { terminal.close() }
      try follow(&state, on: terminal)
      guard state.phase.isFinal else { return }
    }
    for line in try snapshot() { print(line) }
  }

  private func follow(_ state: inout WatchState, on terminal: LiveTerminal) throws {
    while true {
      draw(state, on: terminal)
      let due = DispatchTime.now().uptimeNanoseconds + UInt64(Self.interval * 1e9)
      while true {
        let now = DispatchTime.now().uptimeNanoseconds
        guard now < due else { break }
        switch terminal.wait(seconds: Double(due - now) * 1e-9) {
        case .end: return
        case .resized:
          terminal.clear()
          draw(state, on: terminal)
        case .suspend, .tick: break
        }
      }
      state = try watch.look()
      if state.phase.isFinal { return terminal.close() }
    }
  }

  private func draw(_ state: WatchState, on terminal: LiveTerminal) {
    let (width, height) = terminal.size
    terminal.show(
      Screen(width: width, height: height, colour: colour, unicode: unicode)
        .lines(state, isLive: true))
  }
}

extension WatchState.Phase {
  /// Whether nothing will change any more, unless the run grows.
  var isFinal: Bool { if case .finished = self { true } else { false } }
}
