/// How the training subjects of a fold are parted again, to choose its epoch without its test subject.
public struct InnerSplitConfiguration: Sendable, Equatable {
  /// How many times subjects are held out, each time others as far as they last.
  public var splits = 3
  /// Subjects held out each time; nil: a fifth of the training subjects, rounded up.
  public var subjects: Int?
  /// Whether the scored model has trained on all training subjects, to the chosen epoch.
  public var refit = true

  /// Most inner splits of a fold.
  public static let most = 200

  public init() {}
}
