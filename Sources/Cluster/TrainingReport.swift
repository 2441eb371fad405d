/// What a group's leader tells the coordinator of its training, up to four times a second.
///
/// Rank 0 hears most of these, so they are sent as 64-bit words and not as JSON like the other messages.
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

/// A report as bytes. All ranks run one build, so neither a version nor the order of bytes is told.
extension TrainingReport {
  /// The first word. JSON begins with a brace.
  private static let mark: UInt64 = 1
  /// Words before those of the ranks' times, of a rank's times, and of an epoch.
  private static let (head, ofTimes, ofEpoch) = (9, 7, 4)

  /// - Returns: nil: these bytes are no report.
  package init?(_ bytes: [UInt8]) {
    let words = bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
    }
    guard words.count >= Self.head, words[0] == Self.mark else { return nil }
    let counts = words[7...8].map { Int(truncatingIfNeeded: $0) }
    let rest = words.count - Self.head
    guard bytes.count == 8 * words.count, counts.allSatisfy({ (0...rest).contains($0) }),
      rest == counts[0] * Self.ofTimes + counts[1] * Self.ofEpoch
    else { return nil }
    var next = words[1...].makeIterator()
    func integer() -> Int { next.next().map { Int(truncatingIfNeeded: $0) } ?? 0 }
    func number() -> Double { next.next().map { Double(bitPattern: $0) } ?? .nan }
    (group, epoch, loss, samples) = (integer(), integer(), number(), integer())
    (elapsed, seconds) = (number(), number())
    _ = (next.next(), next.next())
    times = (0..<counts[0]).map { _ in
      var times = RankTimes(rank: integer(), shards: integer())
      (times.steps, times.samples, times.computing) = (integer(), integer(), integer())
      (times.elapsed, times.delaying) = (integer(), integer())
      return times
    }
    epochs = (0..<counts[1]).map { _ in
      EpochReport(epoch: integer(), loss: number(), samples: integer(), seconds: number())
    }
  }

  package var bytes: [UInt8] {
    var words: [UInt64] = []
    words.reserveCapacity(Self.head + Self.ofTimes * times.count + Self.ofEpoch * epochs.count)
    func add(_ integers: Int...) { words += integers.map { UInt64(truncatingIfNeeded: $0) } }
    func add(_ number: Double) { words.append(number.bitPattern) }
    words.append(Self.mark)
    add(group, epoch)
    add(loss)
    add(samples)
    add(elapsed)
    add(seconds)
    add(times.count, epochs.count)
    for rank in times {
      add(
        rank.rank, rank.shards, rank.steps, rank.samples, rank.computing, rank.elapsed,
        rank.delaying)
    }
    for epoch in epochs {
      add(epoch.epoch)
      add(epoch.loss)
      add(epoch.samples)
      add(epoch.seconds)
    }
    return words.withUnsafeBytes { Array($0) }
  }
}
