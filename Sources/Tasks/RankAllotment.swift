/// How many ranks each task should have now so that all tasks end at about the same time.
///
/// If every task could have any share of the ranks, all would end together, and no rank would ever be
/// idle. Each task then needs a certain speed, which lies between those of two group sizes; it needs the
/// larger one for a share of the time. Now the tasks with the largest shares have it. Later, as these fall
/// and the others' rise, it is the others' turn.
public struct RankAllotment {
  /// A task that is not done.
  struct Task {
    let key: TaskKey
    /// Seconds that one rank would need for what is left.
    let left: Double
    /// Ranks that it has; 0: it waits.
    let ranks: Int
  }

  /// Seconds until all are done, if the ranks are shared freely, anew whenever that helps.
  let seconds: Double
  /// Ranks of each task, in the order of the tasks; 0: it waits.
  let ranks: [Int]
  /// Whether the change must be made now: a task cannot be in time any more with the ranks that it has, or
  /// there are ranks which no task needs where they are.
  let isPressing: Bool

  /// By how much a task's share must be larger than another's to take ranks from it.
  private static let inertia = 0.2
  /// Parts of its speed by which a task may be late, or early, before that counts.
  private static let (late, early) = (0.01, 0.02)

  init(_ tasks: [Task], ranks available: Int, speedup: Speedup) {
    let left = tasks.map(\.left)
    let seconds = Self.secondsOfWork(left, ranks: available, speedup)
    self.seconds = Self.seconds(left, ranks: available, speedup)
    guard seconds > 0 else {
      ranks = tasks.map(\.ranks)
      isPressing = false
      return
    }
    let brackets = tasks.map { speedup.bracket($0.left / seconds) }
    var ranks = brackets.map(\.low)
    // Rounding may find one rank more than there is.
    var free = available - ranks.reduce(0, +)
    func weight(_ index: Int) -> Double {
      let (bracket, task) = (brackets[index], tasks[index])
      return bracket.share + (task.ranks >= bracket.high ? Self.inertia : 0)
    }
    let order = tasks.indices.map { (weight($0), $0) }.sorted { ($1.0, $0.1) < ($0.0, $1.1) }
    for (_, index) in order {
      let more = brackets[index].high - ranks[index]
      guard more > 0, more <= free else { continue }
      ranks[index] += more
      free -= more
    }
    for index in ranks.indices.reversed() where free < 0 && ranks[index] > 0 {
      let less =
        ranks[index] - speedup.steps.map(\.ranks).filter { $0 < ranks[index] }.reduce(0, max)
      ranks[index] -= less
      free += less
    }
    self.ranks = ranks
    let used = tasks.reduce(0) { $0 + $1.ranks }
    isPressing =
      used < min(available, ranks.reduce(0, +))
      || zip(tasks, ranks).contains { task, wanted in
        let speed = task.left / seconds
        return wanted > task.ranks
          ? speedup.bracket(speed * (1 - Self.late)).low > task.ranks
          : wanted < task.ranks && speedup.bracket(speed * (1 + Self.early)).high < task.ranks
      }
  }

  /// Seconds in which `ranks` can do all tasks, if they are shared freely.
  ///
  /// - Parameter left: Seconds that one rank would need for each.
  public static func seconds(_ left: [Double], ranks: Int, _ speedup: Speedup) -> Double {
    // No task is faster than with all the ranks that it can use.
    max(secondsOfWork(left, ranks: ranks, speedup), (left.max() ?? 0) / speedup.mostSpeed)
  }

  /// The same if the longest task could be longer: then it has all the ranks that it can use.
  private static func secondsOfWork(_ left: [Double], ranks: Int, _ speedup: Speedup) -> Double {
    var (tooShort, enough) = (0.0, left.reduce(0, +))
    for _ in 0..<60 where enough - tooShort > 1e-6 * enough {
      let middle = (tooShort + enough) / 2
      if busy(left, seconds: middle, speedup) > Double(ranks) {
        tooShort = middle
      } else {
        enough = middle
      }
    }
    return enough
  }

  /// Ranks that train, on average, if all tasks are to end after so many seconds.
  public static func busy(_ left: [Double], seconds: Double, _ speedup: Speedup) -> Double {
    left.reduce(0) { sum, left in
      let (low, high, share) = speedup.bracket(left / seconds)
      return sum + Double(low) + share * Double(high - low)
    }
  }
}
