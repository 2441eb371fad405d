/// How fast a group trains: samples over the seconds that they took, the recent ones above all.
struct ObservedRate: Sendable {
  private var samples = 0.0
  private var seconds = 0.0
  private var reports = 0

  /// Seconds of training that count fully; older ones count half, a quarter …
  private static let window = 60.0

  /// Samples a second; nil: nothing was seen yet.
  var value: Double? { samples > 0 && seconds > 0 ? samples / seconds : nil }

  mutating func add(samples: Int, seconds: Double) {
    reports += 1
    // The first step finds memory and caches cold: it counts until there is another.
    if reports == 2 { (self.samples, self.seconds) = (0, 0) }
    self.samples += Double(samples)
    self.seconds += seconds
    if self.seconds > Self.window {
      self.samples /= 2
      self.seconds /= 2
    }
  }
}

/// How long a job has still to run, by what its groups were seen to do: a pure value, whose clock
/// is handed in as seconds since any moment.
///
/// A group's rate is that of its own steps, so neither the start of the job nor that of a fold counts
/// as training; what a fold takes besides its steps is counted for each fold that is to come. The
/// rest is dealt out as the scheduler would, so a last fold on one group takes as long as it takes,
/// however many others have nothing left to do.
public struct TimeEstimate: Sendable {
  private struct Group: Sendable {
    var rate = ObservedRate()
    var task: TaskKey?
    var begun = 0.0
    /// Seconds of the lease's steps.
    var trained = 0.0
    /// Whether it is known how much of the task was done before the lease.
    var isPlaced = false
    var lastReport = 0.0
    /// Seconds that the last report's samples took.
    var lastSeconds = 0.0
  }

  /// In the order in which the scheduler leases them.
  private let order: [TaskKey]
  private let samples: [TaskKey: Int]
  /// Samples that are not trained on yet, of each task that this job has still to do.
  private var left: [TaskKey: Int]
  private var groups: [Group]
  /// Seconds besides their steps that finished leases took, and how many they were.
  private var besides = (seconds: 0.0, leases: 0)

  /// - Parameters:
  ///   - tasks: In the order in which they are leased: the samples that each trains on in all, and
  ///     those that a checkpoint says are done.
  ///   - groups: How many train.
  public init(tasks: [(key: TaskKey, samples: Int, done: Int)], groups: Int) {
    order = tasks.map(\.key)
    samples = Dictionary(uniqueKeysWithValues: tasks.map { ($0.key, $0.samples) })
    left = Dictionary(uniqueKeysWithValues: tasks.map { ($0.key, max($0.samples - $0.done, 0)) })
    self.groups = [Group](repeating: Group(), count: groups)
  }

  /// A group gets a task.
  public mutating func begin(group: Int, _ task: TaskKey, at now: Double) {
    groups[group].task = task
    groups[group].begun = now
    groups[group].lastReport = now
    groups[group].lastSeconds = 0
    groups[group].trained = 0
    groups[group].isPlaced = false
  }

  /// A group's task goes on from a checkpoint, with so many samples done.
  public mutating func resume(group: Int, done: Int) {
    guard let task = groups[group].task else { return }
    left[task] = max(samples[task, default: 0] - done, 0)
    groups[group].isPlaced = true
  }

  /// A group has trained on samples.
  ///
  /// - Parameter seconds: What they took, by the group's own clock.
  public mutating func advance(group: Int, samples: Int, seconds: Double, at now: Double) {
    guard let task = groups[group].task else { return }
    // A checkpoint that could not be used was not said to be: the task begins anew.
    if !groups[group].isPlaced { resume(group: group, done: 0) }
    left[task] = max(left[task, default: 0] - samples, 0)
    groups[group].rate.add(samples: samples, seconds: seconds)
    groups[group].trained += seconds
    groups[group].lastReport = now
    groups[group].lastSeconds = seconds
  }

  /// A group's task is over for this lease.
  ///
  /// - Parameter isLeft: Whether it is still to be done by this job.
  public mutating func end(group: Int, isLeft: Bool, at now: Double) {
    guard let task = groups[group].task else { return }
    groups[group].task = nil
    guard !isLeft else { return }
    left[task] = nil
    guard groups[group].trained > 0 else { return }
    besides.seconds += max(now - groups[group].begun - groups[group].trained, 0)
    besides.leases += 1
  }

  /// Samples a second of all groups that train.
  public var rate: Double {
    groups.reduce(0) { $0 + ($1.task == nil ? 0 : $1.rate.value ?? 0) }
  }

  /// Seconds until the job's last task is done; nil: no step was seen yet.
  public func secondsLeft(at now: Double) -> Double? {
    let known = groups.compactMap(\.rate.value)
    guard !known.isEmpty else { return nil }
    let usual = known.reduce(0, +) / Double(known.count)
    let rates = groups.map { $0.rate.value ?? usual }
    var running: Set<TaskKey> = []
    var free = groups.indices.map { index in
      let group = groups[index]
      guard let task = group.task else { return 0.0 }
      running.insert(task)
      // Since the last report it has gone on, but nobody knows that beyond one more such report.
      let since = min(now - group.lastReport, group.lastSeconds)
      return max(Double(left[task, default: 0]) / rates[index] - since, 0)
    }
    let extra = besides.leases > 0 ? besides.seconds / Double(besides.leases) : 0
    for task in order where !running.contains(task) {
      guard let count = left[task] else { continue }
      guard let next = free.indices.min(by: { free[$0] < free[$1] }) else { break }
      free[next] += extra + Double(count) / rates[next]
    }
    return free.max()
  }
}
