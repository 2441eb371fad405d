import Foundation

/// Threads for work beside the training.
public enum BackgroundThreads {
  /// Runs `body(thread)` on `count` new threads and waits for all.
  ///
  /// - Parameter niceness: 0 … 19, added to the threads' own; Linux keeps it for each thread.
  public static func run(_ count: Int, niceness: Int = 0, _ body: @Sendable @escaping (Int) -> Void) {
    let group = DispatchGroup()
    for index in 0..<max(count, 1) {
      group.enter()
      let thread = Thread {
        lowerPriority(by: niceness)
        body(index)
        group.leave()
      }
      thread.name = "checkpoint-\(index)"
      thread.stackSize = 1 << 20
      thread.start()
    }
    group.wait()
  }

  /// Makes the calling thread give way to others.
  public static func lowerPriority(by niceness: Int) {
    if niceness > 0 { _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Int32(niceness)) }
  }
}
