import Dispatch

/// What a training step spends its time on.
public enum WorkKind: String, Sendable, CaseIterable {
  case products, elementwise, optimizer
  /// Waiting for other ranks: for gradients and what else a step must know, and for their weights.
  case exchange, handOut
}

/// Sums the time that a rank's calling thread spends on each kind of work.
public final class WorkClock {
  /// Seconds of each kind; work inside other work counts as the outer kind.
  public private(set) var seconds: [WorkKind: Double] = [:]
  private var isRunning = false

  public init() {}

  public func reset() { seconds = [:] }

  package func measure<Result>(_ kind: WorkKind, _ body: () throws -> Result) rethrows -> Result {
    guard !isRunning else { return try body() }
    isRunning = true
    let start = DispatchTime.now().uptimeNanoseconds
    defer {
      isRunning = false
      seconds[kind, default: 0] += Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }
    return try body()
  }
}
