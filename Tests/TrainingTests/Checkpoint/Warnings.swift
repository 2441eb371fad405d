import Foundation

/// Gathers warnings of several threads.
final class Warnings: @unchecked Sendable {
  // Unchecked: `list` is used under `lock` alone.
  private let lock = NSLock()
  private var list: [String] = []

  func add(_ text: String) { lock.withLock { list.append(text) } }

  var texts: [String] { lock.withLock { list } }
}
