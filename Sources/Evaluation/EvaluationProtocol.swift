/// Which epoch's model speaks for a fold.
public enum EvaluationProtocol: String, Sendable, CaseIterable, Codable {
  /// The model after the last epoch; nothing of the test subject is used.
  case lastEpoch = "last-epoch"
  /// The epoch that scores best on the test subject, ties to the later one: the published
  /// selection, optimistic.
  case bestOnTest = "best-on-test"

  /// Whether the selection has seen the test subject's labels.
  public var isOptimistic: Bool {
    switch self {
    case .lastEpoch: false
    case .bestOnTest: true
    }
  }

  /// Whether it may choose another epoch than the last, so that the test logits of all are kept.
  public var needsEveryEpoch: Bool {
    switch self {
    case .lastEpoch: false
    case .bestOnTest: true
    }
  }

  /// What a reader of its scores must know.
  public var note: String {
    switch self {
    case .lastEpoch: "last-epoch uses nothing of the test subject."
    case .bestOnTest:
      "best-on-test keeps, for each subject, the epoch that scores best on that very subject, as "
        + "published: optimistic."
    }
  }
}

/// What is scored.
public struct EvaluationConfiguration: Sendable, Equatable {
  /// The protocols to report, each once.
  public var protocols: [EvaluationProtocol] = [.lastEpoch, .bestOnTest]

  public init() {}
}
