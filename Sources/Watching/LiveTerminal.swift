import Dispatch
import Foundation

/// A terminal that shows a screen which renews itself, and takes keys without a line's end.
///
/// While it is open the alternate screen is shown, so that what stood there before comes back. `close` gives
/// the terminal back as it was; a signal that would end the process is an event instead, so that it can.
final class LiveTerminal: @unchecked Sendable {
  // Unchecked: written by the thread that made it alone; signals only write to the pipe.

  enum Event: UInt8 {
    case end = 1
    case resized = 2
    case suspend = 3
    /// Nothing but that time has passed.
    case tick = 0
  }

  private let hasKeys: Bool
  private let before: termios
  private let pipe: (read: Int32, write: Int32)
  private var sources: [any DispatchSourceSignal] = []
  private var shown: [String] = []
  private var isOpen = false

  private static let signals: [(Int32, Event)] = [
    (SIGINT, .end), (SIGTERM, .end), (SIGHUP, .end), (SIGQUIT, .end), (SIGWINCH, .resized),
    (SIGTSTP, .suspend), (SIGCONT, .resized),
  ]

  /// Opens the terminal of standard output; nil: it is none, or one that cannot renew lines.
  ///
  /// - Parameter kind: The variable TERM.
  init?(kind: String?) {
    guard isatty(STDOUT_FILENO) == 1, let kind, !kind.isEmpty, kind != "dumb" else { return nil }
    var before = termios()
    hasKeys = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before) == 0
    self.before = before
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { return nil }
    // A full pipe must not hold a signal up.
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    pipe = (ends[0], ends[1])
    for (number, event) in Self.signals {
      // What SIGWINCH and SIGCONT do by themselves is right.
      if event != .resized { signal(number, SIG_IGN) }
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      let end = pipe.write
      source.setEventHandler { [word = event.rawValue] in
        withUnsafePointer(to: word) { _ = Glibc.write(end, $0, 1) }
      }
      source.resume()
      sources.append(source)
    }
    open()
  }

  deinit {
    close()
    for source in sources { source.cancel() }
  }

  /// Columns and lines now.
  var size: (width: Int, height: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
    else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  private func open() {
    if hasKeys {
      var raw = before
      raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
      tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    }
    // The alternate screen, no cursor, no wrapping.
    write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J")
    shown = []
    isOpen = true
  }

  /// Gives the terminal back as it was.
  func close() {
    guard isOpen else { return }
    isOpen = false
    write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
    if hasKeys {
      var before = before
      tcsetattr(STDIN_FILENO, TCSANOW, &before)
    }
  }

  /// Shows these lines; only those that have changed are written.
  func show(_ lines: [String]) {
    var text = ""
    for number in 0..<max(lines.count, shown.count) {
      let line = number < lines.count ? lines[number] : ""
      if number < shown.count && shown[number] == line { continue }
      // Erased first: after a line as wide as the terminal the cursor stands on its last column.
      text += "\u{1B}[\(number + 1);1H\u{1B}[K\(line)"
    }
    shown = lines
    write(text)
  }

  /// Shows everything anew next time.
  func clear() {
    write("\u{1B}[2J")
    shown = []
  }

  /// Waits for a key, a signal, or so many seconds.
  func wait(seconds: Double) -> Event {
    var wishes = [
      pollfd(fd: pipe.read, events: Int16(POLLIN), revents: 0),
      pollfd(fd: hasKeys ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&wishes, 2, Int32(seconds * 1000)) > 0 else { return .tick }
    var word: UInt8 = 0
    if wishes[0].revents != 0, read(pipe.read, &word, 1) == 1 {
      let event = Event(rawValue: word) ?? .tick
      if event == .suspend { suspend() }
      return event == .suspend ? .resized : event
    }
    if wishes[1].revents != 0 {
      // The terminal's end is an end too.
      guard read(STDIN_FILENO, &word, 1) == 1 else { return .end }
      // q, Q, Ctrl-C and Ctrl-D.
      if [0x71, 0x51, 0x03, 0x04].contains(word) { return .end }
    }
    return .tick
  }

  /// Lets the shell have the terminal until it lets this process go on.
  private func suspend() {
    close()
    kill(getpid(), SIGSTOP)
    open()
  }

  private func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR && errno != EAGAIN {
        return
      }
    }
  }
}
