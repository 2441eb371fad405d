/// Why a fold cannot be trained to its end, by its own numbers.
public struct FoldFailure: Codable, Sendable, Equatable {
  /// From 1.
  public let epoch: Int
  /// Updates begun so far.
  public let step: Int
  public let reason: String

  /// What a user can do.
  public static let remedy = "lower training.learning_rate, or look for bad pixels"
}

extension FoldOutcome {
  /// Why the outcome is of no use; nil: it is. An epoch's last update may spoil the logits, and no later
  /// loss of the epoch shows it.
  ///
  /// - Parameter step: Updates made.
  public func failure(step: Int) -> FoldFailure? {
    let isFinite = { (logits: [[Float]]) in logits.allSatisfy { $0.allSatisfy(\.isFinite) } }
    let first = logitsOfEveryEpoch?.firstIndex { !isFinite($0) }
    guard let epoch = first ?? (isFinite(logits) ? nil : losses.count - 1) else { return nil }
    return FoldFailure(
      epoch: epoch + 1, step: step, reason: "the test logits after this epoch are not finite")
  }
}
