/// What training a fold gave. The trainer never sees the test labels, so there are no scores here.
public struct FoldOutcome: Sendable, Equatable {
  /// Mean training loss of each epoch.
  public let losses: [Double]
  /// Test logits after the last epoch, [clips][classes].
  public let logits: [[Float]]
  /// Test logits after each epoch, [epochs][clips][classes], if they were asked for.
  public let logitsOfEveryEpoch: [[[Float]]]?
  public let weightsSHA256: String
}

/// Why training a fold had to stop.
public enum TrainingError: Error, CustomStringConvertible, Equatable {
  /// A loss or gradient became infinite or NaN; the weights were not updated with it.
  case notFinite(subject: String, epoch: Int, step: Int, loss: Double, parameter: String?)
  /// Ranks of the group hold different weights.
  case ranksDiffer(subject: String, epoch: Int, ranks: [Int])

  public var description: String {
    switch self {
    case .notFinite(let subject, let epoch, let step, let loss, let parameter):
      "fold \(subject), epoch \(epoch), step \(step): "
        + Self.reason(loss: loss, parameter: parameter) + "; " + FoldFailure.remedy
    case .ranksDiffer(let subject, let epoch, let ranks):
      "fold \(subject), epoch \(epoch): ranks \(ranks.map(String.init).joined(separator: ", ")) of "
        + "the group hold other weights than rank 0: their CPUs or libraries differ, or memory is "
        + "faulty; use hosts of one kind"
    }
  }

  /// What the fold's own numbers did: every rank of the group has seen it, and training it again
  /// would give the same. nil: the fault is the machine's.
  public var failure: FoldFailure? {
    guard case .notFinite(_, let epoch, let step, let loss, let parameter) = self else {
      return nil
    }
    return FoldFailure(
      epoch: epoch, step: step, reason: Self.reason(loss: loss, parameter: parameter))
  }

  private static func reason(loss: Double, parameter: String?) -> String {
    // A NaN's sign means nothing, and depends on the CPU.
    let found = "the loss is \(loss.isNaN ? "nan" : "\(loss)")"
    guard let parameter else { return found }
    return found + (loss.isFinite ? ", but" : ", and")
      + " the gradient of \(parameter) is not finite"
  }
}
