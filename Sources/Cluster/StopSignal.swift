import Dispatch
import Foundation
import Synchronization

/// Turns SIGINT, SIGTERM and SIGUSR1 into a wish to stop that the training loop asks for.
///
/// A second SIGINT ends the process at once.
final class StopSignal: @unchecked Sendable {
  // Unchecked: `sources` is only kept alive; `name` is behind its lock.
  private let name = Mutex<String?>(nil)
  private let sources: [any DispatchSourceSignal]

  init() {
    sources = [SIGINT, SIGTERM, SIGUSR1].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
    for (source, word) in zip(sources, ["SIGINT", "SIGTERM", "SIGUSR1"]) {
      source.setEventHandler { [weak self] in self?.receive(word) }
      source.resume()
    }
  }

  /// The signal that came first; nil: none.
  var received: String? { name.withLock { $0 } }

  private func receive(_ word: String) {
    let isSecond = name.withLock { name in
      defer { name = name ?? word }
      return name != nil
    }
    if isSecond && word == "SIGINT" { _exit(ExitStatus.stopped) }
  }
}

/// Statuses that the program ends with.
public enum ExitStatus {
  public static let success: Int32 = 0
  /// A check found a difference.
  public static let checkFailed: Int32 = 1
  /// The user's input cannot be used.
  public static let badInput: Int32 = 2
  /// Training failed.
  public static let failure: Int32 = 70
  /// Stopped by a signal: run the same command again.
  public static let stopped: Int32 = 75
}
