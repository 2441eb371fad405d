/// Why a checkpoint cannot be used.
public struct CheckpointError: Error, CustomStringConvertible, Equatable {
  public let file: String
  public let reason: String

  public init(_ file: String, _ reason: String) {
    self.file = file
    self.reason = reason
  }

  public var description: String { "\(file): \(reason)" }
}

/// A checkpoint was given up while it was written, because nobody needs it any more.
public struct CheckpointCancelled: Error {
  public init() {}
}
