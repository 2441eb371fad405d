import Console
import Foundation
import Synchronization

/// How a supervisor learns what its job ends with: a launcher that lets ranks die says 0 whatever happens.
///
/// The supervisor listens at a port, and the job gets to know it by a variable of its environment. Rank 0
/// connects once, at its end; another rank does if it ends because rank 0 answers nothing.
public final class SupervisorLine: Sendable {
  /// The variable.
  public static let variable = "HTNET_SUPERVISOR"

  /// Seconds for the connection.
  private static let patience = 5.0

  private let offer: LifelineOffer
  /// Whether it starts the job again when it has ended before the run was complete.
  public let startsAgain: Bool

  /// What the variable holds.
  struct Value: Codable {
    let offer: LifelineOffer
    let startsAgain: Bool
  }

  /// The supervisor of this process's job; nil: none.
  public static let given = ProcessInfo.processInfo.environment[variable].flatMap {
    try? JSONDecoder().decode(Value.self, from: Data($0.utf8))
  }.map(SupervisorLine.init)

  private init(_ value: Value) { (offer, startsAgain) = (value.offer, value.startsAgain) }

  /// Tells it what the job ends with.
  public func report(_ status: Int32) {
    let line = LifelineClient.connect(
      offer, rank: Int(UInt32(bitPattern: status)), within: Self.patience)
    if line == nil { logger.warning("the supervisor cannot be told of status \(status)") }
  }
}

/// The supervisor's end.
public final class SupervisorListener: @unchecked Sendable {
  // Unchecked: `lines` is used by the thread that asks alone.
  private let listener: Listener
  private let value: SupervisorLine.Value
  private var lines: [Line] = []
  /// What the job has said first that it ends with; nil: nothing yet.
  public private(set) var status: Int32?

  /// nil: this host gives no socket, and only the launcher's word counts.
  ///
  /// - Parameter startsAgain: Whether there will be another job if this one does not complete the run.
  public init?(startsAgain: Bool) {
    guard let listener = try? Listener() else { return nil }
    self.listener = listener
    value = SupervisorLine.Value(
      offer: LifelineOffer(
        addresses: LifelineOffer.ownAddresses, port: listener.port,
        token: .random(in: .min ... .max), answer: .random(in: .min ... .max)),
      startsAgain: startsAgain)
  }

  /// The variable's value.
  public var text: String {
    (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Hears what has come.
  public func look() {
    while let line = listener.accept() { lines.append(line) }
    lines = lines.filter { line in
      guard let words = try? line.words() else { return false }
      guard let word = words.first else { return true }
      guard word.kind == .hello, word.payload == value.offer.token else { return false }
      status = status ?? Int32(bitPattern: word.number)
      try? line.say(LifelineWord(.welcome, payload: value.offer.answer))
      return true
    }
  }
}
