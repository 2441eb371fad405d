/// How much faster groups are than one rank, by the sizes that tasks were seen to change to.
struct ObservedSpeedup: Sendable {
  /// As it is known now.
  private(set) var speedup: Speedup
  private let mostRanks: Int
  private var means: [Int: ObservedMean] = [:]
  /// How often each size was seen.
  private var reports: [Int: Int] = [:]

  /// Reports after which a size is known so well that groups of it are parted for being slow: one slow step
  /// must not do that, since the size would not be formed again.
  private static let leastReports = 8

  /// - Parameter mostRanks: That one task can use.
  init(mostRanks: Int) {
    self.mostRanks = mostRanks
    speedup = Speedup(mostRanks: mostRanks)
  }

  /// A group of so many ranks was seen to be so fast, in ranks, for so many seconds.
  mutating func add(_ ranks: Int, speed: Double, seconds: Double) {
    means[ranks, default: ObservedMean()].add(speed, weight: seconds)
    reports[ranks, default: 0] += 1
    speedup = Speedup(mostRanks: mostRanks, observed: means.compactMapValues(\.value))
  }

  /// The same for those who change groups: one that seems slow is not taken to be so before that is sure.
  var sure: Speedup { speedup.trusting { reports[$0, default: 0] >= Self.leastReports } }
}
