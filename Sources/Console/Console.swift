import Foundation
import Logging
import Synchronization
import Wording

/// What the program says goes through this logger. The executables give it a `ConsoleHandler`; who
/// uses the modules as a library bootstraps swift-log as it likes.
public let logger = Logger(label: "htnet")

/// Standard error, as people and scripts read it: lines, and on a terminal one line of progress below
/// them that renews itself.
public final class Console: Sendable {
  /// How a line looks.
  public enum Form: String, Sendable, CaseIterable {
    /// `htnet: warning: text`, for people who look on.
    case plain
    /// `2026-11-27 13:40:02 htnet[1@node3]: warning: text`, for a file that is read later.
    case stamped
    /// An object with `time`, `level`, `message`, and what else is known of the event, for scripts.
    case json
  }

  private struct State {
    var form = Form.plain
    var terminal: Terminal?
    var place: Place?
    var lineIsOpen = false
  }

  public static let shared = Console()

  /// The variable that asks for a form, `json` above all.
  public static let variable = "HTNET_LOG"

  private let state = Mutex(State())
  /// Not part of the state, which is locked while a line is written.
  let doing = Mutex<Activity?>(nil)

  /// Chooses the form of a job's lines: plain on a terminal and stamped elsewhere, unless the
  /// environment asks for another.
  ///
  /// - Throws: `UnknownForm`.
  public func open(_ terminal: Terminal?) throws(UnknownForm) {
    var form = terminal == nil ? Form.stamped : .plain
    if let name = ProcessInfo.processInfo.environment[Self.variable], !name.isEmpty {
      guard let asked = Form(rawValue: name) else { throw UnknownForm(name: name) }
      form = asked
    }
    state.withLock { [form] in
      $0.form = form
      // A line that renews itself is nothing for scripts.
      $0.terminal = form == .json ? nil : terminal
    }
  }

  /// Names this process in its lines from now on.
  public func setPlace(_ place: Place) { state.withLock { $0.place = place } }

  /// Whether people watch a line of progress.
  public var isWatched: Bool { state.withLock { $0.terminal != nil } }

  /// Renews the line of progress; nothing where nobody watches.
  public func show(_ line: String) {
    state.withLock { state in
      guard let terminal = state.terminal else { return }
      // A line that wraps cannot be renewed.
      Self.write(Self.renewal + line.prefix(terminal.columns - 1))
      state.lineIsOpen = true
    }
  }

  /// Writes a line of its own.
  func write(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
    state.withLock { state in
      let line = LogLine(
        level: level, message: message, metadata: metadata, place: state.place, time: Date())
      Self.write((state.lineIsOpen ? Self.renewal : "") + line.text(state.form) + "\n")
      state.lineIsOpen = false
    }
  }

  /// Goes to the line's start and clears it.
  private static let renewal = "\r\u{1B}[K"

  /// Seconds that a pipe which nobody empties may hold a line up.
  private static let longestWait = 1.0

  /// At once and in one piece, so that lines of several processes do not mix. What cannot be written is
  /// lost: a full disk or a closed terminal under the log must not end the training.
  private static func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    let start = DispatchTime.now().uptimeNanoseconds
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno == EAGAIN {
        let waited = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
        guard waited < longestWait else { return }
        usleep(1000)
      } else if errno != EINTR {
        return
      }
    }
  }
}

/// A form of log lines that there is not.
public struct UnknownForm: Error, CustomStringConvertible, Equatable {
  public let name: String
  public var description: String {
    "\(Console.variable): \"\(name.visible)\" is no form of log lines: "
      + Console.Form.allCases.map(\.rawValue).joined(separator: ", ") + " are"
  }
}
