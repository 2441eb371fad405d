import Dispatch
import Foundation
import Synchronization

/// Turns SIGINT, SIGTERM, SIGUSR1 and SIGHUP into a wish to stop that the training loop asks for.
///
/// A second SIGINT ends the process at once, and the first signal while only input is read.
public final class StopSignal: @unchecked Sendable {
  // Unchecked: `sources` is only kept alive; the others are behind their locks.
  private let names = Mutex<[String]>([])
  private let isReading = Mutex(false)
  private let sources: [any DispatchSourceSignal]
  private let atOnce: @Sendable () -> Void
  /// Who may end this process whatever it does about a signal.
  public let launcher = Launcher()

  /// The signals that ask to stop.
  public static let numbers = [SIGINT, SIGTERM, SIGUSR1]

  /// The same with the end of the terminal, unless whoever started the process has it ignored, as nohup
  /// does.
  private static var named: [(number: Int32, name: String)] {
    let names = Array(zip(numbers, ["SIGINT", "SIGTERM", "SIGUSR1"]))
    var action = sigaction()
    sigaction(SIGHUP, nil, &action)
    let isIgnored = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    return isIgnored ? names : names + [(SIGHUP, "SIGHUP")]
  }

  /// - Parameter atOnce: Ends the process at the second SIGINT.
  public init(atOnce: @escaping @Sendable () -> Void = { _exit(ExitStatus.stopped) }) {
    self.atOnce = atOnce
    // A log whose reader has ended must not end the training.
    signal(SIGPIPE, SIG_IGN)
    let named = Self.named
    sources = named.map { number, _ in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
    // A signal that came before the system knew its source would be ignored.
    let registered = DispatchGroup()
    for (source, word) in zip(sources, named.map(\.name)) {
      registered.enter()
      source.setRegistrationHandler { registered.leave() }
      source.setEventHandler { [weak self] in self?.receive(word) }
      source.resume()
    }
    registered.wait()
  }

  /// The signal that came first; nil: none.
  public var received: String? { names.withLock { $0.first } }

  /// A signal after which the launcher ends its ranks at once; nil: none came.
  public var hasty: String? { names.withLock { $0.first(where: launcher.isHasty) } }

  /// Lets the first signal end the process while `body` runs, which has no step after which it could.
  public func endingAtOnce<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure)
    -> Result
  {
    isReading.withLock { $0 = true }
    defer { isReading.withLock { $0 = false } }
    return try body()
  }

  private func receive(_ word: String) {
    isReading.withLock { isReading in
      guard isReading else { return }
      // Under the lock: the process ends before it begins anything.
      logger.error("stopped by \(word) while the input was read; nothing was begun")
      atOnce()
    }
    let interrupts = names.withLock { names in
      names.append(word)
      return names.count { $0 == "SIGINT" }
    }
    if word == "SIGINT" && interrupts > 1 { atOnce() }
  }
}
