import Foundation

/// What a rank has sent without waiting for it, and is still under way.
final class PostedMessages: @unchecked Sendable {
  // Unchecked: `requests` is only used behind the lock.
  private let lock = NSLock()
  private var requests: [Request] = []

  func add(_ request: Request) throws {
    try lock.withLock {
      requests.append(request)
      try requests.removeAll { try $0.test() }
    }
  }

  /// Gives back what has been received meanwhile.
  func clear() throws { try lock.withLock { try requests.removeAll { try $0.test() } } }
}
