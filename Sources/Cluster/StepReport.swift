import Dispatch
import Training

/// What a leader gathers between two messages about its progress.
struct StepReport {
  /// Seconds between two messages.
  private static let interval = 0.25

  private(set) var epoch = 0
  private(set) var loss = Double.nan
  private(set) var samples = 0
  /// Seconds of the longest step so far, with all that happens between two steps, and before the
  /// first.
  private(set) var longest = 0.0
  /// Of each rank of the group.
  private(set) var times: [RankTimes] = []
  private let ranks: [Int]
  private var lastStep: UInt64
  private var lastSent: UInt64
  private var isFirst = true

  /// - Parameters:
  ///   - start: When the fold was begun.
  ///   - ranks: The group's, among all ranks of the job.
  init(start: UInt64, ranks: [Int]) {
    self.ranks = ranks
    lastStep = start
    lastSent = DispatchTime.now().uptimeNanoseconds
  }

  mutating func add(_ step: FoldTrainer.Step) {
    let now = DispatchTime.now().uptimeNanoseconds
    longest = max(longest, Double(now - lastStep) * 1e-9)
    lastStep = now
    epoch = step.epoch + 1
    loss = step.loss
    samples += step.samples
    RankTimes.add(step.notes, of: ranks, to: &times)
  }

  /// Whether a step was added since the last message. A fold that goes on at its very end has none.
  var hasNews: Bool { samples > 0 }

  /// Seconds from the last message, or from when the fold was ready to train, to the last step.
  var elapsed: Double { Double(lastStep - lastSent) * 1e-9 }

  /// The first step is told at once: all that is known of the speed follows from it.
  var isDue: Bool { isFirst || elapsed >= Self.interval }

  mutating func sent() {
    isFirst = false
    lastSent = lastStep
    samples = 0
    times = []
  }
}
