import Foundation

/// Where a line comes from, for jobs of several ranks.
public struct Place: Sendable, Equatable {
  public let rank: Int
  public let host: String

  public init(rank: Int, host: String) {
    self.rank = rank
    self.host = host
  }

  /// This machine's name.
  public static var host: String { ProcessInfo.processInfo.hostName }
}
