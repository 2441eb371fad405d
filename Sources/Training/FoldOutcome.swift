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
        + (loss.isFinite ? "the loss is \(loss), but " : "the loss is \(loss)")
        + (parameter.map { (loss.isFinite ? "" : ", and ") + "the gradient of \($0) is not finite" }
          ?? "") + "; lower training.learning_rate, or look for bad pixels"
    case .ranksDiffer(let subject, let epoch, let ranks):
      "fold \(subject), epoch \(epoch): ranks \(ranks.map(String.init).joined(separator: ", ")) of "
        + "the group hold other weights than rank 0: their CPUs or libraries differ, or memory is "
        + "faulty; use hosts of one kind"
    }
  }
}
