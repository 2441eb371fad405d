import Foundation

/// Threads for work beside the training.
enum BackgroundThreads {
  /// Runs `body(thread)` on `count` threads, which have the caller's priority, and waits for all.
  static func run(_ count: Int, _ body: @Sendable @escaping (Int) -> Void) {
    guard count > 1 else { return body(0) }
    let group = DispatchGroup()
    for index in 0..<count {
      group.enter()
      let thread = Thread {
        body(index)
        group.leave()
      }
      thread.name = "checkpoint-\(index)"
      thread.stackSize = 1 << 20
      thread.start()
    }
    group.wait()
  }

  /// Makes the calling thread, and those that it starts, give way to others.
  ///
  /// - Parameter niceness: 0 … 19; Linux keeps it for each thread.
  static func lowerPriority(by niceness: Int) {
    if niceness > 0 {
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Int32(niceness))
    }
  }
}
