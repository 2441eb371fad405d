import Dispatch
import Training

/// An epoch that a group has ended.
struct EpochReport: Codable, Equatable, BitwiseCopyable {
  /// From 1.
  let epoch: Int
  let loss: Double
  /// Trained on since the group began with the fold, or ended the epoch before.
  let samples: Int
  /// That these took.
  let seconds: Double
}

/// What a leader gathers between two messages about its progress.
struct StepReport {
  /// Seconds between two messages: four a second, and fewer where rank 0 would hear too many.
  private let interval: Double

  private(set) var epoch = 0
  private(set) var loss = Double.nan
  private(set) var samples = 0
  /// Seconds of the longest step so far, with all that happens between two steps, and before the
  /// first.
  private(set) var longest = 0.0
  /// Of each rank of the group.
  private(set) var times: [RankTimes] = []
  private(set) var epochs: [EpochReport] = []
  private var epochSamples = 0
  private var epochStart: UInt64
  private let ranks: [Int]
  private var lastStep: UInt64
  private var lastSent: UInt64
  private var isFirst = true

  /// - Parameters:
  ///   - start: When the fold was begun.
  ///   - ranks: The group's, among all ranks of the job.
  ///   - count: Of all ranks of the job.
  init(start: UInt64, ranks: [Int], of count: Int) {
    self.ranks = ranks
    interval = min(max(0.25, Double(count) / 16), 1)
    lastStep = start
    lastSent = DispatchTime.now().uptimeNanoseconds
    epochStart = lastSent
  }

  mutating func add(_ step: FoldTrainer.Step) {
    let now = DispatchTime.now().uptimeNanoseconds
    longest = max(longest, Double(now - lastStep) * 1e-9)
    lastStep = now
    epoch = step.epoch + 1
    loss = step.loss
    samples += step.samples
    epochSamples += step.samples
    RankTimes.add(step.notes, of: ranks, to: &times)
  }

  mutating func endEpoch(_ epoch: Int, loss: Double) {
    let now = DispatchTime.now().uptimeNanoseconds
    epochs.append(
      EpochReport(
        epoch: epoch, loss: loss, samples: epochSamples, seconds: Double(now - epochStart) * 1e-9))
    (epochStart, epochSamples) = (now, 0)
    // An epoch that a checkpoint was at the end of has no step.
    if self.loss.isNaN { (self.epoch, self.loss) = (epoch, loss) }
  }

  /// Whether a step or the end of an epoch was added since the last message.
  var hasNews: Bool { samples > 0 || !epochs.isEmpty }

  /// Seconds from the last message, or from when the fold was ready to train, to the last step.
  var elapsed: Double { samples > 0 ? Double(lastStep - lastSent) * 1e-9 : 0 }

  /// The first step is told at once: all that is known of the speed follows from it.
  var isDue: Bool { isFirst || elapsed >= interval }

  mutating func sent() {
    isFirst = false
    if samples > 0 { lastSent = lastStep }
    samples = 0
    times = []
    epochs = []
  }
}
