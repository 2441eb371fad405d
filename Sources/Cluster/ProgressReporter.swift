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
  /// Samples that this job has yet to train on, over all its folds.
  private var samplesLeft: Int
  var done: Int
  private var aside = 0
  var running: [Int: Running] = [:]
  private var samples = 0
  private let start = DispatchTime.now().uptimeNanoseconds
  private var lastShown = 0.0
  private var lineIsOpen = false
  private let terminal = Terminal()

  init(folds: Int, done: Int, epochs: Int, samplesLeft: Int) {
    self.folds = folds
    self.done = done
    self.epochs = epochs
    self.samplesLeft = samplesLeft
  }

  /// Seconds since the job began to train.
  var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 }

  mutating func advance(group: Int, epoch: Int, loss: Double, samples: Int) {
    running[group]?.epoch = epoch
    running[group]?.loss = loss
    self.samples += samples
  }

  /// A fold goes on in the middle: what is behind it need not be done.
  mutating func skip(group: Int, epoch: Int, samples: Int) {
    running[group]?.epoch = epoch
    samplesLeft -= samples
  }

  /// A fold that stopped counts as not done, whatever it had trained on.
  mutating func end(group: Int) { running[group] = nil }

  /// A fold of so many samples is not trained in this job.
  mutating func setAside(samples: Int) {
    samplesLeft -= samples
    aside += 1
  }

  /// Shows the state if it is due: twice a second on a terminal, every 15 s elsewhere.
  mutating func show() {
    guard seconds - lastShown >= (terminal == nil ? 15 : 0.5) else { return }
    lastShown = seconds
    if let terminal {
      // A line that wraps cannot be renewed.
      let visible = line.prefix(terminal.columns - 1)
      FileHandle.standardError.write(Data("\r\u{1B}[K\(visible)".utf8))
      lineIsOpen = true
    } else {
      write(line)
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
    let rate = Double(samples) / max(seconds, 1e-9)
    let left = samples > 0 ? Double(max(samplesLeft - samples, 0)) / rate : .nan
    // The figures of the whole run come first: a narrow terminal cuts the end off.
    return "folds \(done)/\(folds)" + (aside > 0 ? ", \(aside) set aside | " : " | ")
      + (left.isNaN ? "ETA -" : "ETA \(Self.duration(left))")
      + " | \(Self.decimals(rate, 0)) samples/s | " + parts.joined(separator: ", ") + more
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
