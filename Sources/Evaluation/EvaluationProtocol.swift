/// Which epoch's model speaks for a fold.
public enum EvaluationProtocol: String, Sendable, CaseIterable, Codable {
  /// The model after the last epoch; nothing of the test subject is used.
  case lastEpoch = "last-epoch"
  /// The epoch that scores best on the test subject, ties to the later one: the published
  /// selection, optimistic.
  case bestOnTest = "best-on-test"

  /// Whether the selection has seen the test subject's labels.
  public var isOptimistic: Bool { self == .bestOnTest }
}

/// What is scored.
public struct EvaluationConfiguration: Sendable, Equatable {
  /// The protocols to report, each once.
  public var protocols = EvaluationProtocol.allCases

  public init() {}
}
