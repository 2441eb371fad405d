import Synchronization

/// What this process does now, so that whoever waits in vain says at which step of which fold.
public struct Activity: Sendable, CustomStringConvertible {
  private let task: String
  private let step: (epoch: Int, number: Int)?

  /// - Parameters:
  ///   - task: Such as `fold sub03`.
  ///   - step: Its epoch and its number in the epoch, from 1; nil: none has begun.
  public init(task: String, step: (epoch: Int, number: Int)? = nil) {
    self.task = task
    self.step = step
  }

  /// `fold sub03, epoch 3, step 12`.
  public var description: String {
    task + (step.map { ", epoch \($0.epoch), step \($0.number)" } ?? "")
  }
}

extension Console {
  /// What this process does now; nil: nothing that has a name.
  public var activity: Activity? { doing.withLock { $0 } }

  /// - Parameter activity: From now on.
  public func setActivity(_ activity: Activity?) { doing.withLock { $0 = activity } }
}
