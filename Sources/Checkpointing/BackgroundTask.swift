import Foundation

/// One piece of work on a thread of its own.
public final class BackgroundTask<Outcome>: @unchecked Sendable {
  // Unchecked: `outcome` is used under `condition` alone.
  private let condition = NSCondition()
  private var outcome: Result<Outcome, any Error>?

  /// Starts `body`.
  ///
  /// - Parameter niceness: 0 … 19, of the thread.
  public init(niceness: Int = 0, _ body: @Sendable @escaping () throws -> Outcome) {
    let thread = Thread { [self] in
      BackgroundThreads.lowerPriority(by: niceness)
      let result = Result { try body() }
      condition.withLock {
        outcome = result
        condition.broadcast()
      }
    }
    thread.name = "checkpoint"
    thread.start()
  }

  /// What came of it; nil while it runs.
  public var result: Result<Outcome, any Error>? { condition.withLock { outcome } }

  /// Waits for its end.
  public func wait() -> Result<Outcome, any Error> {
    condition.withLock {
      while true {
        if let outcome { return outcome }
        condition.wait()
      }
    }
  }
}
