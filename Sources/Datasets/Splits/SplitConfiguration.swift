/// Who is left out together.
public struct SplitConfiguration: Sendable, Equatable {
  public enum Unit: String, Sendable, CaseIterable {
    /// Each person in turn.
    case subject
    /// All persons of a dataset: the holdout-database evaluation.
    case dataset
    /// Each of several groups of persons, alike in datasets and classes.
    case groups
  }

  public var by = Unit.subject
  /// How many, where `by` is `groups`.
  public var groups = 5
  /// Draws the groups.
  public var seed: UInt64 = 1

  public init() {}
}
