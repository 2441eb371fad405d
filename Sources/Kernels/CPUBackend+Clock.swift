import Threads

extension CPUBackend {
  /// Runs `body` and, where a clock is set, adds its time to `kind`.
  public func timed<Result>(_ kind: WorkKind, _ body: () throws -> Result) rethrows -> Result {
    guard let clock else { return try body() }
    return try clock.measure(kind, body)
  }
}
