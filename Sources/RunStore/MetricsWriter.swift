import Files
import Foundation
import Tasks
import TensorBoard

/// Keeps a running training's `metrics.jsonl` and, if it is wanted, its event file for TensorBoard.
///
/// Neither is the source of anything: the losses are the training's, which come with its messages and its
/// checkpoints, and the event file follows from the lines. So a crash may leave them short, torn or ahead
/// of the checkpoint that the training goes on from. When a job first writes them it keeps the lines that
/// agree with what the training says, cuts off the rest, and adds what is missing.
public struct MetricsWriter {
  private let metricsPath: String
  private let eventsPath: String
  /// nil: no event file is wanted.
  private let hyperparameters: [(name: String, value: TensorBoardEvent.Value)]?
  private let learningRate: (_ epoch: Int) -> Double
  /// What the files are to hold.
  private var epochs: [EpochMetrics] = []
  private var isFinished = false
  /// How much of it they hold; nil: not known.
  private var written: (epochs: Int, metricsBytes: Int, eventBytes: Int)?

  /// - Parameters:
  ///   - losses: Of the epochs that the training has behind it, in earlier jobs or groups.
  ///   - learningRate: Of each epoch's last update.
  public init(
    _ directory: RunDirectory, _ task: TaskKey, losses: [Double],
    hyperparameters: [(name: String, value: TensorBoardEvent.Value)]?,
    learningRate: @escaping (_ epoch: Int) -> Double
  ) {
    metricsPath = directory.metricsPath(task)
    eventsPath = directory.eventsPath(task)
    self.hyperparameters = hyperparameters
    self.learningRate = learningRate
    restore(losses)
  }

  /// Whether the next epoch is this one.
  public func isNext(_ epoch: Int) -> Bool { epoch == epochs.count + 1 }

  /// An epoch has ended.
  ///
  /// - Parameters:
  ///   - seconds: That this job took for its samples; 0 samples: it has only ended it.
  public mutating func add(epoch: Int, loss: Double, samples: Int, seconds: Double) {
    let isMeasured = samples > 0 && seconds > 0
    epochs.append(
      EpochMetrics(
        epoch: epoch, loss: loss, learningRate: learningRate(epoch),
        seconds: isMeasured ? Self.rounded(seconds) : nil,
        samplesPerSecond: isMeasured ? Self.rounded(Double(samples) / seconds) : nil,
        time: Self.now))
  }

  /// Whether there is something to write.
  public var hasNews: Bool { written.map { $0.epochs < epochs.count } ?? !epochs.isEmpty }

  /// Brings the files up to date.
  ///
  /// - Throws: `FileError`; the next call mends what is torn.
  public mutating func flush() throws {
    guard let before = written else { return try writeAll(syncs: false) }
    written = nil
    let news = epochs[before.epochs...]
    let lines = try news.reduce(into: Data()) { $0 += try $1.line() }
    let events = events(of: news)
    try GrowingFile.append(lines, to: metricsPath, at: before.metricsBytes)
    if !events.isEmpty { try GrowingFile.append(events, to: eventsPath, at: before.eventBytes) }
    written = (epochs.count, before.metricsBytes + lines.count, before.eventBytes + events.count)
  }

  /// Lets the files hold a finished training, whole and synced; the result, which is written after them,
  /// syncs their directory.
  ///
  /// - Parameter losses: Of all epochs.
  /// - Throws: `FileError`; `flush` mends what is missing.
  public mutating func finish(losses: [Double]) throws {
    restore(losses)
    isFinished = true
    try writeAll(syncs: true)
  }

  /// Takes the training's word for its losses, and keeps what is known of the times besides.
  private mutating func restore(_ losses: [Double]) {
    let known = epochs
    epochs = losses.enumerated().map { place, loss in
      let epoch = EpochMetrics(
        epoch: place + 1, loss: loss, learningRate: learningRate(place + 1), time: Self.now)
      return place < known.count && known[place].isSame(as: epoch) ? known[place] : epoch
    }
  }

  private mutating func writeAll(syncs: Bool) throws {
    written = nil
    let there = EpochMetrics.read(try AtomicFile.read(metricsPath) ?? Data()).epochs
    for (place, epoch) in there.prefix(epochs.count).enumerated() {
      guard epoch.isSame(as: epochs[place]) else { break }
      if epochs[place].seconds == nil { epochs[place] = epoch }
    }
    let lines = try epochs.reduce(into: Data()) { $0 += try $1.line() }
    try GrowingFile.bring(metricsPath, to: lines, syncs: syncs)
    let events = heading + events(of: epochs[...]) + end
    if hyperparameters != nil { try GrowingFile.bring(eventsPath, to: events, syncs: syncs) }
    written = (epochs.count, lines.count, events.count)
  }

  // MARK: - The event file

  private var heading: Data {
    guard let hyperparameters, let time = epochs.first?.time else { return Data() }
    return Data(
      TensorBoardEvent.version(time: time).bytes
        + TensorBoardEvent.hyperparameters(hyperparameters, time: time).bytes)
  }

  /// A record has the same length whenever an epoch is measured again: a TensorBoard that has read further
  /// than the file was cut finds a record's start where it goes on.
  private func events(of epochs: ArraySlice<EpochMetrics>) -> Data {
    guard hyperparameters != nil else { return Data() }
    return epochs.reduce(into: Data()) { data, epoch in
      let speed = epoch.samplesPerSecond.map { [(tag: "samples_per_second", value: $0)] } ?? []
      data +=
        TensorBoardEvent.scalars(
          [("loss", epoch.loss), ("learning_rate", epoch.learningRate)] + speed, step: epoch.epoch,
          time: epoch.time
        ).bytes
    }
  }

  private var end: Data {
    guard isFinished, hyperparameters != nil, let time = epochs.last?.time else { return Data() }
    return Data(TensorBoardEvent.success(time: time).bytes)
  }

  /// Milliseconds are exact enough, and short to read.
  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

  private static var now: Double { rounded(Date().timeIntervalSince1970) }
}
