import Tasks
import Foundation

/// Shows how far a run is: one line that renews itself on a terminal, plain lines elsewhere.
struct ProgressReporter {
  struct Running {
    let subject: String
    var epoch = 0
    var loss = Double.nan
  }

  let folds: Int
  let epochs: Int
  private(set) var done: Int
  private var aside = 0
  private var failed: Int
  private(set) var running: [Int: Running] = [:]
  private var estimate: TimeEstimate
  private let start = DispatchTime.now().uptimeNanoseconds
  private var lastShown: Double?
  private var lineIsOpen = false
  private let terminal: Terminal?

  /// - Parameters:
  ///   - done: Folds that are finished, and those that have failed, before this job.
  ///   - estimate: Of the others.
  ///   - terminal: Where people watch; nil: lines go to a file.
  init(
    folds: Int, done: (finished: Int, failed: Int), epochs: Int, estimate: TimeEstimate,
    terminal: Terminal?
  ) {
    self.folds = folds
    self.done = done.finished
    failed = done.failed
    self.epochs = epochs
    self.estimate = estimate
    self.terminal = terminal
  }

  /// Seconds since the job began to train.
  var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 }

  /// A group gets a fold.
  mutating func begin(group: Int, _ task: TaskIdentifier, subject: String) {
    running[group] = Running(subject: subject)
    estimate.begin(group: group, task, at: seconds)
  }

  /// - Parameter elapsed: Seconds that the samples took.
  mutating func advance(group: Int, epoch: Int, loss: Double, samples: Int, elapsed: Double) {
    running[group]?.epoch = epoch
    running[group]?.loss = loss
    estimate.advance(group: group, samples: samples, seconds: elapsed, at: seconds)
  }

  /// A fold goes on in the middle: what is behind it need not be done.
  mutating func resume(group: Int, epoch: Int, samples: Int) {
    running[group]?.epoch = epoch
    estimate.resume(group: group, done: samples)
  }

  /// What became of a fold that a group has had.
  enum End { case finished, failed, setAside, left }

  /// A fold that stopped counts as not done, whatever it had trained on.
  mutating func end(group: Int, _ end: End) {
    running[group] = nil
    estimate.end(group: group, isLeft: end == .left, at: seconds)
    switch end {
    case .finished: done += 1
    case .failed: failed += 1
    case .setAside: aside += 1
    case .left: break
    }
  }

  /// Shows the state if it is due: twice a second on a terminal, elsewhere every 15 s, with the time
  /// of day, from the first step on.
  mutating func show() {
    let interval = terminal == nil ? 15 : 0.5
    let isDue =
      lastShown.map { seconds - $0 >= interval } ?? (estimate.rate > 0 || seconds >= interval)
    guard isDue else { return }
    lastShown = seconds
    if let terminal {
      // A line that wraps cannot be renewed.
      let visible = line.prefix(terminal.columns - 1)
      FileHandle.standardError.write(Data("\r\u{1B}[K\(visible)".utf8))
      lineIsOpen = true
    } else {
      write("\(Self.timeOfDay) \(line)")
    }
  }

  /// Writes a line of its own.
  mutating func say(_ text: String) {
    if lineIsOpen { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    lineIsOpen = false
    write(text)
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

  private var line: String {
    let parts = running.sorted { $0.key < $1.key }.prefix(4).map { _, fold in
      "\(fold.subject) epoch \(fold.epoch)/\(epochs)"
        + (fold.loss.isNaN ? "" : " loss \(Self.decimals(fold.loss, 4))")
    }
    let more = running.count > 4 ? " and \(running.count - 4) more" : ""
    // The figures of the whole run come first: a narrow terminal cuts the end off.
    let others = [(failed, "failed"), (aside, "set aside")].filter { $0.0 > 0 }
      .map { ", \($0.0) \($0.1)" }.joined()
    let left = estimate.secondsLeft(at: seconds)
    return "folds \(done)/\(folds)\(others) | "
      + (left.map { "ETA \(Self.duration($0))" } ?? "ETA after the first step")
      + " | \(Self.decimals(estimate.rate, 0)) samples/s | " + parts.joined(separator: ", ") + more
  }

  /// By this host's clock, `07:04:09`.
  private static var timeOfDay: String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    return String(format: "%02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec)
  }

  static func decimals(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// Seconds as hours, minutes and seconds.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    let parts = (whole / 3600, whole / 60 % 60, whole % 60)
    return parts.0 > 0
      ? String(format: "%d:%02d:%02d", parts.0, parts.1, parts.2)
      : String(format: "%d:%02d", parts.1, parts.2)
  }
}
