import Foundation

/// A value that threads share: they read and change it one at a time, and wait for what it becomes.
final class Monitor<Value>: @unchecked Sendable {
  // Unchecked: `value` is only touched while `condition` is locked.
  private let condition = NSCondition()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func read<Result>(_ body: (Value) throws -> Result) rethrows -> Result {
    condition.lock()
    defer { condition.unlock() }
    return try body(value)
  }

  /// Changes the value and wakes whoever waits.
  func change(_ body: (inout Value) -> Void) {
    condition.lock()
    body(&value)
    condition.broadcast()
    condition.unlock()
  }

  /// Waits until `body` finds what it looks for.
  func wait<Result>(for body: (Value) -> Result?) -> Result {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result = body(value) { return result }
      condition.wait()
    }
  }
}
