import Configuration
import Datasets
import Tasks

/// One unit of work of a run: how is trained, and on what.
public struct PlannedTask: Sendable {
  public let key: TaskKey
  /// With the values of its setting, and its seed.
  public let configuration: RunConfiguration
  public let fold: Fold

  /// Samples of all its epochs.
  public var samples: Int { fold.trainClips.count * configuration.training.epochs }

  /// Samples that it has trained on when so many epochs, and batches of the next, are complete.
  public func samples(epoch: Int, batch: Int) -> Int {
    epoch * fold.trainClips.count
      + min(batch * configuration.training.batchSize, fold.trainClips.count)
  }
}
