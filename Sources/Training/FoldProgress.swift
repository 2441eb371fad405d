/// Where a fold stands between two steps: its state besides weights and moments.
public struct FoldProgress: Sendable, Equatable {
  /// Epochs completed.
  public var epoch = 0
  /// Batches completed of the next epoch.
  public var batch = 0
  /// Updates made.
  public var steps = 0
  /// Summed loss of the samples of the completed batches.
  public var epochLoss = 0.0
  /// Mean training loss of each completed epoch.
  public var losses: [Double] = []
  /// Test logits after each completed epoch, [epochs][clips][classes], if they are kept.
  public var testLogits: [[[Float]]] = []

  public init() {}

  mutating func endEpoch(loss: Double, testLogits: [[Float]]?) {
    losses.append(loss)
    if let testLogits { self.testLogits.append(testLogits) }
    epoch += 1
    batch = 0
    epochLoss = 0
  }
}
