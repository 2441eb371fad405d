import Files

/// Files of the run that are there but cannot be read now: no reason to do anything anew.
struct CannotRead: Error, CustomStringConvertible {
  let cause: FileError

  init(_ cause: FileError) { self.cause = cause }

  var description: String { "\(cause)" }
  /// What a user can do.
  var remedy: String { Self.remedy(cause) }

  static func remedy(_ cause: FileError) -> String {
    "nothing was removed or begun anew: \(FileError.remedy(cause.code)), then run the same command "
      + "again"
  }

  /// The same for checkpoints, one of which may be lost for good.
  static func remedyForCheckpoints(_ cause: FileError) -> String {
    remedy(cause)
      + "; if a generation's file can never be read again, move it away: its fold goes on from the "
      + "generation before"
  }
}
