import Elementary

/// The step size of each update of a training.
public struct LearningRateSchedule: Sendable, Equatable {
  public enum Shape: String, Sendable, CaseIterable {
    case constant
    /// Half a cosine, from the rate to the floor at the last update (Loshchilov & Hutter 2017).
    case cosine
    /// The rate is multiplied by a factor every so many epochs.
    case step
  }

  public let shape: Shape
  /// The rate that the others are shares of.
  public let rate: Double
  /// Updates over which the rate grows evenly, the last of which has all of it.
  public let warmup: Int
  /// Updates of the whole training.
  public let updates: Int
  /// What the cosine ends at, as a share of the rate.
  public let floor: Double
  /// Updates between two steps.
  public let stepUpdates: Int
  public let stepFactor: Double

  public init(
    _ shape: Shape, rate: Double, warmup: Int, updates: Int, floor: Double, stepUpdates: Int,
    stepFactor: Double
  ) {
    self.shape = shape
    self.rate = rate
    self.warmup = warmup
    self.updates = updates
    self.floor = floor
    self.stepUpdates = stepUpdates
    self.stepFactor = stepFactor
  }

  /// The rate of an update, from 0.
  public func rate(of update: Int) -> Double {
    if update < warmup { return rate * (Double(update + 1) / Double(warmup)) }
    switch shape {
    case .constant: return rate
    case .cosine:
      let part = Double(update - warmup) / Double(max(updates - warmup, 1))
      let cosine = Elementary.cosine(ofTurn: part / 2)
      return rate * (floor + (1 - floor) * (0.5 * (1 + cosine)))
    case .step: return rate * Elementary.power(stepFactor, update / stepUpdates)
    }
  }
}
