/// How much faster a group of ranks trains a task than one rank does.
///
/// Sizes are powers of two, since only they share the gradient's shards evenly.
public struct Speedup: Sendable, Equatable {
  /// What each rank but the first adds before any size was seen: a share of a rank.
  public static let expected = 0.9

  /// A size that is worth its ranks, and the speed of such a group in ranks; rising in both, from (1, 1).
  let steps: [(ranks: Int, speed: Double)]
  /// What was seen of sizes that are not worth their ranks, for groups that have one already.
  private var unused: [Int: Double]

  /// - Parameters:
  ///   - mostRanks: That one task can use.
  ///   - observed: Speeds of sizes as they were seen. In a group of another size each rank adds no more than in
  ///     any of them. A size that is hardly faster than a smaller one, or slower, is never worth its ranks.
  public init(mostRanks: Int, observed: [Int: Double] = [:]) {
    let sizes = sequence(first: 2) { $0 * 2 }.prefix { $0 <= mostRanks }
    let share = sizes.compactMap { ranks in observed[ranks].map { ($0 - 1) / Double(ranks - 1) } }
      .reduce(Self.expected, min)
    var steps = [(ranks: 1, speed: 1.0)]
    var unused: [Int: Double] = [:]
    for ranks in sizes {
      let speed = observed[ranks] ?? (1 + share * Double(ranks - 1))
      if let last = steps.last, speed > Self.leastGain * last.speed {
        steps.append((ranks, speed))
      } else {
        unused[ranks] = observed[ranks]
      }
    }
    self.steps = steps
    self.unused = unused
  }

  /// The same without what was seen of a size that is not worth its ranks, where that is not sure: a group of
  /// it is taken to be as fast as a smaller one.
  func trusting(_ isSure: (Int) -> Bool) -> Self {
    var speedup = self
    speedup.unused = unused.filter { isSure($0.key) }
    return speedup
  }

  /// By how much a larger group must be faster than the next smaller one.
  private static let leastGain = 1.15

  /// The speed of a group, of any size.
  package func callAsFunction(_ ranks: Int) -> Double {
    unused[ranks] ?? steps.last { $0.ranks <= ranks }?.speed ?? 0
  }

  var mostSpeed: Double { steps.last?.speed ?? 1 }

  /// The sizes between which a speed lies, and how much of the time the larger one is needed for it.
  func bracket(_ speed: Double) -> (low: Int, high: Int, share: Double) {
    var low = (ranks: 0, speed: 0.0)
    for step in steps {
      if speed < step.speed {
        return (low.ranks, step.ranks, (speed - low.speed) / (step.speed - low.speed))
      }
      low = step
    }
    return (low.ranks, low.ranks, 0)
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.steps.map(\.ranks) == b.steps.map(\.ranks) && a.steps.map(\.speed) == b.steps.map(\.speed)
      && a.unused == b.unused
  }
}
