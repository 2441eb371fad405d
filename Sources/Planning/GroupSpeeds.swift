import Tasks
import Wording

/// How many times as fast as one rank a group of ranks is, as a plan takes it.
package struct GroupSpeeds: Sendable {
  /// By size, where an earlier run has had it; other sizes are assumed, since one process cannot measure an
  /// exchange.
  package let observed: [Int: Double]

  /// Nothing is known.
  init() { observed = [:] }

  /// What an earlier run has seen: sizes that have trained a kind of task which ranks alone have trained too.
  ///
  /// - Parameter secondsPerSample: Of groups, by the kind of their task and their size.
  package init(_ secondsPerSample: [TaskKind: [Int: [Double]]]) {
    var ratios: [Int: [Double]] = [:]
    for sizes in secondsPerSample.values {
      guard let alone = sizes[1].map(Self.mean) else { continue }
      for (ranks, seconds) in sizes where ranks > 1 {
        ratios[ranks, default: []].append(alone / Self.mean(seconds))
      }
    }
    // In order, so that each time the sum is the same.
    observed = ratios.mapValues { Self.mean($0.sorted()) }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  package func callAsFunction(_ ranks: Int) -> Double {
    observed[ranks] ?? 1 + Speedup.expected * Double(ranks - 1)
  }

  /// The same for groups that change, up to so many ranks.
  func speedup(mostRanks: Int) -> Speedup { Speedup(mostRanks: mostRanks, observed: observed) }

  /// What is known of some sizes above 1, and what is assumed.
  package func text(sizes: [Int]) -> String {
    let known = sizes.compactMap { size in
      observed[size].map { "\(counted(size, "rank")) \(decimals($0, 2)) times" }
    }
    let assumption =
      "a group of n ranks is taken for 1 + \(decimals(Speedup.expected, 1)) (n - 1) times as fast as one"
    guard !known.isEmpty else { return assumption }
    return known.joined(separator: ", ") + " as fast as one, by the ledger"
      + (known.count == sizes.count ? "" : "; otherwise " + assumption)
  }
}
