/// Work over the seconds that it took, as it was observed; what is long past counts less.
struct ObservedRate: Sendable {
  private var work = 0.0
  private var seconds = 0.0
  /// All that was ever added.
  private var age = 0.0
  private var reports = 0

  /// Seconds that count fully at least; older ones count half, a quarter …
  private static let window = 60.0
  /// The same as a share of all that was seen: of a long job an hour says more than a minute.
  private static let share = 0.3

  /// Whether more than the first step was seen.
  var isWarm: Bool { reports > 1 }

  /// Work a second; nil: nothing was seen yet.
  var value: Double? { work > 0 && seconds > 0 ? work / seconds : nil }

  mutating func add(work: Double, seconds: Double) {
    reports += 1
    // The first step finds memory and caches cold: it counts until there is another.
    if reports == 2 { (self.work, self.seconds) = (0, 0) }
    self.work += work
    self.seconds += seconds
    age += seconds
    if self.seconds > max(Self.window, Self.share * age) {
      self.work /= 2
      self.seconds /= 2
    }
  }
}

/// A mean of what was observed.
struct ObservedMean: Sendable {
  private var sum = 0.0
  private var weight = 0.0

  /// nil: nothing was observed.
  var value: Double? { weight > 0 ? sum / weight : nil }

  mutating func add(_ value: Double, weight: Double = 1) {
    sum += value * weight
    self.weight += weight
  }
}
