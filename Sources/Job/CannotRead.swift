import Files

/// Files of the run that are there but cannot be read now: no reason to do anything anew.
public struct CannotRead: Error, CustomStringConvertible {
  let cause: FileError

  init(_ cause: FileError) { self.cause = cause }

  public var description: String { "\(cause)" }
  /// What a user can do.
  var remedy: String { Self.remedy(cause) }

  static func remedy(_ cause: FileError) -> String {
    "nothing was removed or begun anew: \(FileError.remedy(cause.code)), then run the same command "
      + "again"
  }

  /// The same for checkpoints, one of which may be lost for good.
  public static func remedyForCheckpoints(_ cause: FileError) -> String {
    remedy(cause)
      + (cause.path.hasSuffix("/manifest.json")
        ? "; if the manifest can never be read again, move it away: the fold then starts anew"
        : "; if a generation's file can never be read again, move it away: the fold then goes on "
          + "from an earlier generation, or starts anew if there is none that is whole without it")
  }
}
