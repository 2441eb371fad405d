import Foundation

extension Communicator {
  /// Runs `work` on `root`, however long it takes, while all other ranks wait for it.
  ///
  /// Meanwhile root tells them again and again that it lives; they give up when they have heard
  /// nothing for the deadline. Collective: nobody may use the group for anything else meanwhile.
  ///
  /// - Parameters:
  ///   - what: What root does, for the message of a rank that gives up.
  ///   - everyMinute: Told on root, on another thread, how many minutes it takes already.
  /// - Returns: What `work` gave on root; nil on the others.
  public func perform<Result>(
    on root: Int = 0, _ what: String, everyMinute: @escaping @Sendable (Int) -> Void = { _ in },
    work: () throws -> Result
  ) throws -> Result? {
    guard size > 1 else { return try work() }
    let operation = "a sign of life of rank \(root) of \(name), which \(what)"
    guard rank == root else {
      let word = MessageBytes(count: 1)
      repeat { try broadcast(word, root: root, operation) } while word.bytes[0] != LifeSigns.end
      return nil
    }
    let signs = LifeSigns(self, operation, everyMinute)
    let result = Swift.Result(catching: work)
    try signs.stop()
    return try result.get()
  }
}

/// The thread of a rank that others wait for.
private final class LifeSigns: @unchecked Sendable {
  // Unchecked: `failure` is written before `ended` is signalled and read after it was waited for.
  /// What a sign says: I live, and I have done my work.
  private static let life: UInt8 = 0
  static let end: UInt8 = 1

  private let group: Communicator
  private let operation: String
  private let stopping = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private var failure: (any Error)?

  init(
    _ group: Communicator, _ operation: String, _ everyMinute: @escaping @Sendable (Int) -> Void
  ) {
    self.group = group
    self.operation = operation
    // Several signs fit into the deadline, so that one that is late does no harm.
    let interval = min(group.deadline / 5, 15)
    let thread = Thread { [self] in
      let start = DispatchTime.now().uptimeNanoseconds
      var minutes = 0
      do {
        while stopping.wait(timeout: .now() + interval) == .timedOut {
          try say(Self.life)
          let now = Int((DispatchTime.now().uptimeNanoseconds - start) / 60_000_000_000)
          if now > minutes { everyMinute(now) }
          minutes = now
        }
        try say(Self.end)
      } catch {
        failure = error
      }
      ended.signal()
    }
    thread.name = "signs of life"
    thread.start()
  }

  private func say(_ word: UInt8) throws {
    try group.broadcast(MessageBytes([word]), root: group.rank, operation)
  }

  /// Tells the others that the work is done.
  func stop() throws {
    stopping.signal()
    ended.wait()
    if let failure { throw failure }
  }
}
