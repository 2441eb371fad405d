import Dispatch

/// What a rank's step took, by the rank's own clock, for finding ranks that slow the others down.
public struct StepTimes: Sendable, Equatable {
  /// A rank of the group whose weights came last.
  public struct Latecomer: Sendable, Equatable {
    /// In the group.
    public var rank: Int
    /// Microseconds for which it alone was still waited for.
    public var microseconds: Int

    public init(rank: Int, microseconds: Int) {
      self.rank = rank
      self.microseconds = microseconds
    }
  }

  /// Samples of the batch that the rank computed.
  public var samples: Int
  /// Microseconds of their forward and backward pass, until the rank waits for others.
  public var computing: Int
  /// Microseconds of waiting in exchanges with the group since the note before.
  public var waiting: Int
  /// Microseconds since the note before, or since the step's begin; of a group's ranks about the same.
  public var elapsed: Int
  /// Of the exchange of weights before this step; nil: there was none, or it is between two ranks alone.
  public var latecomer: Latecomer?

  public init(samples: Int, computing: Int, waiting: Int, elapsed: Int, latecomer: Latecomer? = nil)
  {
    self.samples = samples
    self.computing = computing
    self.waiting = waiting
    self.elapsed = elapsed
    self.latecomer = latecomer
  }
}

/// Measures what a step takes.
struct StepClock {
  private var begun: (time: UInt64, waiting: Int) = (0, 0)
  private var taken: UInt64?
  private var computing = 0
  private var waiting = 0
  /// Of it, for weights.
  private var weights = 0

  mutating func begin() { begun = (DispatchTime.now().uptimeNanoseconds, waiting) }

  /// The rank has computed its samples.
  mutating func computed() {
    computing = max(Self.microseconds(since: begun.time) - (waiting - begun.waiting), 0)
  }

  mutating func wait<Result>(_ exchange: () throws -> Result) rethrows -> Result {
    let start = DispatchTime.now().uptimeNanoseconds
    defer { waiting += Self.microseconds(since: start) }
    return try exchange()
  }

  /// The same of an exchange of weights, which goes on while the rank computes.
  mutating func waitForWeights<Result>(_ exchange: () throws -> Result) rethrows -> Result {
    let before = waiting
    defer { weights += waiting - before }
    return try wait(exchange)
  }

  /// What was measured since the last time it was taken.
  ///
  /// - Parameter latecomer: As `ReductionGroup.latecomer`; it was waited for no longer than for weights.
  mutating func take(samples: Int, latecomer: (rank: Int, seconds: Double)?) -> StepTimes {
    defer {
      (waiting, weights) = (0, 0)
      taken = DispatchTime.now().uptimeNanoseconds
    }
    return StepTimes(
      samples: samples, computing: computing, waiting: waiting,
      elapsed: Self.microseconds(since: taken ?? begun.time),
      latecomer: latecomer.map {
        .init(rank: $0.rank, microseconds: min(Int($0.seconds * 1e6), weights))
      })
  }

  private static func microseconds(since start: UInt64) -> Int {
    Int((DispatchTime.now().uptimeNanoseconds - start) / 1000)
  }
}
