/// What a group's leader tells the coordinator of its training, up to four times a second.
///
/// Rank 0 hears most of these, so they are sent as bytes and not as JSON like the other messages.
package struct TrainingReport: Codable, Equatable {
  package let group: Int
  let epoch: Int
  let loss: Double
  /// Trained on since the last report.
  let samples: Int
  /// Seconds that these samples took.
  let elapsed: Double
  /// Of the longest step so far.
  let seconds: Double
  /// What the steps since the last report took each rank of the group.
  let times: [RankTimes]
  /// Epochs that have ended since the last report.
  let epochs: [EpochReport]

  init(group: Int, _ report: StepReport) {
    self.group = group
    epoch = report.epoch
    loss = report.loss
    samples = report.samples
    elapsed = report.elapsed
    seconds = report.longest
    times = report.times
    epochs = report.epochs
  }
}

/// A report as bytes, as it lies in memory: all ranks run one build.
extension TrainingReport {
  /// All but the lists, whose lengths it has.
  private struct Head: BitwiseCopyable {
    var mark = Self.mark
    let group: Int
    let epoch: Int
    let loss: Double
    let samples: Int
    let elapsed: Double
    let seconds: Double
    let times: Int
    let epochs: Int

    /// The first word. JSON begins with a brace.
    static let mark: UInt64 = 1
  }

  /// - Returns: nil: these bytes are no report.
  package init?(_ bytes: [UInt8]) {
    let rest = bytes.count - MemoryLayout<Head>.stride
    guard rest >= 0 else { return nil }
    let head = bytes.withUnsafeBytes { $0.loadUnaligned(as: Head.self) }
    guard head.mark == Head.mark, (0...rest).contains(head.times), (0...rest).contains(head.epochs),
      rest == head.times * MemoryLayout<RankTimes>.stride
        + head.epochs * MemoryLayout<EpochReport>.stride
    else { return nil }
    (group, epoch, loss, samples) = (head.group, head.epoch, head.loss, head.samples)
    (elapsed, seconds) = (head.elapsed, head.seconds)
    var place = MemoryLayout<Head>.stride
    func list<Value: BitwiseCopyable>(_ count: Int, _: Value.Type) -> [Value] {
      defer { place += count * MemoryLayout<Value>.stride }
      return bytes.withUnsafeBytes { bytes in
        (0..<count).map {
          bytes.loadUnaligned(
            fromByteOffset: place + $0 * MemoryLayout<Value>.stride, as: Value.self)
        }
      }
    }
    times = list(head.times, RankTimes.self)
    epochs = list(head.epochs, EpochReport.self)
  }

  package var bytes: [UInt8] {
    let head = Head(
      group: group, epoch: epoch, loss: loss, samples: samples, elapsed: elapsed, seconds: seconds,
      times: times.count, epochs: epochs.count)
    return withUnsafeBytes(of: head) { Array($0) } + times.withUnsafeBytes { Array($0) }
      + epochs.withUnsafeBytes { Array($0) }
  }
}
