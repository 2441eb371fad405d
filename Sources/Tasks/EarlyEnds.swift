/// How much of a task is trained where tasks may end before their last epoch.
///
/// The ends are those of tasks that have ended, by the product-limit estimator (Kaplan and Meier, 1958), for
/// which a task that still runs says how far tasks come at least.
struct EarlyEnds: Sendable {
  /// Shares at which tasks have ended, rising; 1: at the last epoch.
  private var ends: [Double] = []

  /// Whether a task has ended early.
  var isSeen: Bool { (ends.first ?? 1) < Self.whole }

  /// Rounding may find a little less than all.
  private static let whole = 0.999

  mutating func add(_ share: Double) {
    let share = min(share, 1)
    var (low, high) = (0, ends.count)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] <= share { low = middle + 1 } else { high = middle }
    }
    ends.insert(share, at: low)
  }

  /// - Parameter running: How far the tasks have come that run.
  func survival(running: [Double]) -> Survival {
    guard isSeen else { return Survival(ends: [], running: []) }
    return Survival(ends: ends, running: running.sorted())
  }

  /// Which share of the tasks comes how far.
  struct Survival: Sendable {
    /// Shares at which tasks end, rising; the share of all that lives up to each; and its integral from each
    /// to 1.
    private var steps: [(at: Double, before: Double, rest: Double)] = []

    fileprivate init(ends: [Double], running: [Double]) {
      var (survival, passed) = (1.0, 0)
      for (index, end) in ends.enumerated() {
        while passed < running.count, running[passed] < end { passed += 1 }
        steps.append((end, survival, 0))
        survival *= 1 - 1 / Double(ends.count - index + running.count - passed)
      }
      var (rest, next) = (0.0, 1.0)
      for index in steps.indices.reversed() {
        rest += survival * (next - steps[index].at)
        steps[index].rest = rest
        (survival, next) = (steps[index].before, steps[index].at)
      }
    }

    /// Expected share at which a task will end that has come so far.
    func end(after done: Double) -> Double {
      var (low, high) = (0, steps.count)
      while low < high {
        let middle = (low + high) / 2
        if steps[middle].at <= done { low = middle + 1 } else { high = middle }
      }
      guard low < steps.count, steps[low].before > 0 else { return 1 }
      return done + (steps[low].at - done) + steps[low].rest / steps[low].before
    }
  }
}
