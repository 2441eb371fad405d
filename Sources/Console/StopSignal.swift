import Dispatch
import Foundation
import Synchronization

/// Turns SIGINT, SIGTERM and SIGUSR1 into a wish to stop that the training loop asks for.
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

  /// - Parameter atOnce: Ends the process at the second SIGINT.
  public init(atOnce: @escaping @Sendable () -> Void = { _exit(ExitStatus.stopped) }) {
    self.atOnce = atOnce
    sources = Self.numbers.map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
    // A signal that came before the system knew its source would be ignored.
    let registered = DispatchGroup()
    for (source, word) in zip(sources, ["SIGINT", "SIGTERM", "SIGUSR1"]) {
      registered.enter()
      source.setRegistrationHandler { registered.leave() }
      source.setEventHandler { [weak self] in self?.receive(word) }
      source.resume()
    }
    registered.wait()
  }

  /// The signal that came first; nil: none.
  public var received: String? { names.withLock { $0.first } }

  /// A signal after which mpirun ends its ranks at once; nil: none came, or this is no rank of
  /// mpirun's.
  public var hasty: String? {
    launcher.isMpirun ? names.withLock { $0.first(where: Self.isHasty) } : nil
  }

  /// Whether mpirun, having got this signal, ends its ranks before they can do much. It hands SIGUSR1
  /// on and waits.
  public static func isHasty(_ name: String) -> Bool { name != "SIGUSR1" }

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
