import Console
import Foundation
import Synchronization

/// How a supervisor learns what its job ends with: a launcher that lets ranks die says 0 whatever happens.
///
/// The supervisor listens at a port, and the job gets to know it by a variable of its environment. Rank 0
/// connects once, at its end.
public final class SupervisorLine: Sendable {
  /// The variable.
  public static let variable = "HTNET_SUPERVISOR"

  /// Seconds for the connection.
  private static let patience = 5.0

  private let offer: LifelineOffer

  /// The supervisor of this process's job; nil: none.
  public static let given = ProcessInfo.processInfo.environment[variable].flatMap {
    try? JSONDecoder().decode(LifelineOffer.self, from: Data($0.utf8))
  }.map(SupervisorLine.init)

  private init(_ offer: LifelineOffer) { self.offer = offer }

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
  private let offer: LifelineOffer
  private var lines: [Line] = []
  /// What the job has said that it ends with; nil: nothing yet.
  public private(set) var status: Int32?

  /// nil: this host gives no socket, and only the launcher's word counts.
  public init?() {
    guard let listener = try? Listener() else { return nil }
    self.listener = listener
    offer = LifelineOffer(
      addresses: LifelineOffer.ownAddresses, port: listener.port,
      token: .random(in: .min ... .max))
  }

  /// The variable's value.
  public var value: String {
    (try? JSONEncoder().encode(offer)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Hears what has come.
  public func look() {
    while let line = listener.accept() { lines.append(line) }
    lines = lines.filter { line in
      guard let words = try? line.words() else { return false }
      guard let word = words.first else { return true }
      guard word.kind == .hello, word.payload == offer.token else { return false }
      status = Int32(bitPattern: word.number)
      try? line.say(LifelineWord(.welcome))
      return true
    }
  }
}
