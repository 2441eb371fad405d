import Tasks
import Training

/// What a rank's steps took since its leader's last message; sums over these steps.
package struct RankTimes: Codable, Equatable, BitwiseCopyable {
  /// Among all ranks of the job.
  package let rank: Int
  /// Shards of each batch that it computes.
  package let shards: Int
  package var steps = 0
  package var samples = 0
  /// Microseconds of forward and backward passes.
  package var computing = 0
  /// Microseconds from note to note: of a group's ranks about the same.
  package var elapsed = 0
  /// Microseconds for which its group waited for its weights alone, which most of the others got last.
  package var delaying = 0

  package init(rank: Int, shards: Int) {
    self.rank = rank
    self.shards = shards
  }

  static func += (sum: inout RankTimes, other: RankTimes) {
    sum.steps += other.steps
    sum.samples += other.samples
    sum.computing += other.computing
    sum.elapsed += other.elapsed
    sum.delaying += other.delaying
  }

  /// - Parameters:
  ///   - notes: Of each step, those of all ranks of the group.
  ///   - ranks: The group's, among all ranks of the job.
  package static func add(_ notes: [StepNote], of ranks: [Int], to sums: inout [RankTimes]) {
    if sums.isEmpty {
      sums = zip(ranks, notes).map { RankTimes(rank: $0, shards: $1.shardLosses.count) }
    }
    for (place, note) in notes.enumerated() {
      guard let times = note.times else { continue }
      sums[place].steps += 1
      sums[place].samples += times.samples
      sums[place].computing += times.computing
      sums[place].elapsed += times.elapsed
    }
    // One that gets another's weights late may itself be slow to receive: most must say so.
    for place in sums.indices {
      let waits = notes.compactMap(\.times).compactMap { times in
        times.latecomer.flatMap { $0.rank == place ? min($0.microseconds, times.waiting) : nil }
      }
      if 2 * waits.count >= sums.count { sums[place].delaying += waits.max() ?? 0 }
    }
  }
}
