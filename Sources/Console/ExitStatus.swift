/// Statuses that the program ends with; from 70 on as in sysexits.h.
public enum ExitStatus {
  public static let success: Int32 = 0
  /// A check found a difference.
  public static let checkFailed: Int32 = 1
  /// The user's input cannot be used.
  public static let badInput: Int32 = 2
  /// Training failed.
  public static let failure: Int32 = 70
  /// Another job uses the run directory.
  public static let inUse: Int32 = 73
  /// Results cannot be written, or checkpoints not be read: the disk is full or fails, or the
  /// permission is gone.
  public static let cannotWrite: Int32 = 74
  /// Stopped by a signal: run the same command again.
  public static let stopped: Int32 = 75
  /// All folds are finished but those that failed by their own numbers.
  public static let foldsFailed: Int32 = 76
}
