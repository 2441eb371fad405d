import Files
import Job
import Tasks

/// Why groups could not read the checkpoints of folds.
struct Refusals {
  private var reasons: [TaskKey: [(ranks: [Int], error: FileError)]] = [:]

  /// Notes a group's reason.
  ///
  /// - Returns: Whether no group has given it for this task before.
  mutating func add(_ task: TaskKey, ranks: [Int], _ error: FileError) -> Bool {
    let isNew = !reasons[task, default: []].contains { "\($0.error)" == "\(error)" }
    reasons[task, default: []].append((ranks, error))
    return isNew
  }

  /// Every group's reason, equal ones together, and what to do.
  func lines(_ task: TaskKey) -> [String] {
    let all = reasons[task] ?? []
    let errors = Self.together(all.map { ($0.ranks, "\($0.error)") })
    let remedies = Self.together(
      all.map { ($0.ranks, CannotRead.remedyForCheckpoints($0.error)) })
    var lines = errors.map { "\(errors.count > 1 ? "\($0.ranks): " : "")\($0.text)" }
    lines += remedies.enumerated().map { index, remedy in
      (index == 0 ? "fold \(task) is set aside in this job; " : "")
        + (remedies.count > 1 ? "for \(remedy.ranks): " : "") + remedy.text
    }
    return lines
  }

  /// Equal texts once, with all ranks that they are of, in the order of the first.
  private static func together(_ parts: [(ranks: [Int], text: String)]) -> [(
    ranks: String, text: String
  )] {
    var order: [String] = []
    var ranks: [String: [Int]] = [:]
    for part in parts {
      if ranks[part.text] == nil { order.append(part.text) }
      ranks[part.text, default: []] += part.ranks
    }
    return order.map { (named(ranks[$0]?.sorted() ?? []), $0) }
  }

  /// `rank 3`, `ranks 0–2, 5`.
  private static func named(_ ranks: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for rank in ranks {
      if let last = runs.last, last.upperBound == rank - 1 {
        runs[runs.count - 1] = last.lowerBound...rank
      } else {
        runs.append(rank...rank)
      }
    }
    return (ranks.count == 1 ? "rank " : "ranks ")
      + runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
      .joined(separator: ", ")
  }
}
