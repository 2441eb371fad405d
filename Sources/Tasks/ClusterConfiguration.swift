/// How the ranks of a job are shared among folds; it never changes a result.
public struct ClusterConfiguration: Sendable, Equatable {
  /// Ranks that train one fold together; nil: chosen from the ranks and the folds.
  public var ranksPerFold: Int?
  /// Whether rank 0 only coordinates and leaves the training to the others.
  public var dedicatedCoordinator = false
  /// Seconds that a rank waits for another one, and the coordinator for a group's word.
  public var stallSeconds = 600
  /// What these may be.
  public static let stallLimits = 10...86_400

  public init() {}
}
