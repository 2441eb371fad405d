import Tasks

extension SimulatedCluster {
  /// A task as it is, and as it is thought to be.
  struct Task {
    let key: TaskKey
    /// Seconds on one usual rank.
    let work: Double
    /// What these are thought to be.
    let foreseen: Double
    /// What a sample is thought to cost; a thousandth of a second costs 1.
    var cost = 1.0
    /// The share at which it ends.
    var end = 1.0
    /// The share of its work that an earlier job has done.
    var done = 0.0

    init(_ key: TaskKey, work: Double, foreseen: Double? = nil) {
      self.key = key
      self.work = work
      self.foreseen = foreseen ?? work
    }

    /// Enough that rounding does not count.
    private var samples: Double { foreseen * 1e6 / cost }

    /// Samples of a second of its work.
    var samplesOfSecond: Double { samples * end / work }

    /// What the estimate is told.
    var known: TimeEstimate.Task {
      TimeEstimate.Task(
        key: key, samples: Int(samples), done: Int(samples * end * done), cost: cost)
    }
  }
}
