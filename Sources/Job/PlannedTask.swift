import Configuration
import Datasets
import Tasks

/// One training of a run: its configuration, its data and its fold.
public struct PlannedTask: Sendable {
  public let key: TaskKey
  /// With the values of its setting, and its seed.
  public let configuration: RunConfiguration
  public let dataset: Dataset
  /// Its digest.
  public let dataSHA256: String
  public let fold: Fold

  /// Samples of all its epochs.
  public var samples: Int { fold.trainClips.count * configuration.training.epochs }

  /// Samples that it has trained on when so many epochs, and batches of the next, are complete.
  public func samples(epoch: Int, batch: Int) -> Int {
    epoch * fold.trainClips.count
      + min(batch * configuration.training.batchSize, fold.trainClips.count)
  }

  /// Whether the test logits of each epoch are kept.
  public var keepsEveryEpoch: Bool {
    key.inner != nil || configuration.evaluation.protocols.contains(where: \.needsEveryEpoch)
  }

  /// Whether its weights are kept. Those of inner trainings are of no use afterwards.
  public var keepsWeights: Bool { configuration.training.keepWeights && key.inner == nil }
}
