/// Which epoch's model speaks for a fold.
public enum EvaluationProtocol: String, Sendable, CaseIterable, Codable {
  /// The model after the last epoch; nothing of the test subject is used.
  case lastEpoch = "last-epoch"
  /// The epoch that scores best on training subjects which other trainings have held out; nothing of
  /// the test subject is used.
  case nested
  /// The epoch that scores best on the test subject, ties to the later one: the published
  /// selection, optimistic.
  case bestOnTest = "best-on-test"

  /// Whether the selection has seen the test subject's labels.
  public var isOptimistic: Bool {
    switch self {
    case .lastEpoch, .nested: false
    case .bestOnTest: true
    }
  }

  /// Whether it may choose another epoch than the last, so that the test logits of all are kept.
  public var needsEveryEpoch: Bool {
    switch self {
    case .lastEpoch: false
    case .nested, .bestOnTest: true
    }
  }

  /// Whether it needs trainings that hold out some of the training subjects.
  public var needsInnerTrainings: Bool {
    switch self {
    case .lastEpoch, .bestOnTest: false
    case .nested: true
    }
  }

  /// The names of those that do, for messages.
  public static var withInnerTrainings: String {
    allCases.filter(\.needsInnerTrainings).map(\.rawValue).joined(separator: " or ")
  }

  /// In a few words, for help.
  public var explanation: String {
    switch self {
    case .lastEpoch: "the last one; nothing of the test subject is used"
    case .nested:
      "the one that scores best on training subjects which other trainings held out; nothing of the test "
        + "subject is used"
    case .bestOnTest:
      "the one that has the most of the test subject's own clips right, as published: optimistic"
    }
  }

  /// What a reader of its scores must know.
  public var note: String {
    switch self {
    case .lastEpoch: "last-epoch uses nothing of the test subject."
    case .nested:
      "nested takes, for each fold, the epoch with the best UF1 on training subjects that were held out "
        + "in trainings of their own; it uses nothing of the test subject."
    case .bestOnTest:
      "best-on-test keeps, for each subject, the epoch that has the most of that very subject's clips right, "
        + "as published: optimistic."
    }
  }
}

/// What is scored.
public struct EvaluationConfiguration: Sendable, Equatable {
  /// The protocols to report, each once.
  public var protocols: [EvaluationProtocol] = [.lastEpoch, .bestOnTest]
  /// Of `nested`.
  public var nested = InnerSplitConfiguration()

  public init() {}
}
