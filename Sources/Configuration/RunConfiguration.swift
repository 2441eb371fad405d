import Checkpointing
import Datasets
import Evaluation
import HTNetModel
import RunStore
import Tasks
import Training

/// Everything that a run is told: each section beside what it configures.
public struct RunConfiguration: Sendable, Equatable {
  public var data = DataConfiguration()
  public var model = HTNetConfiguration()
  public var training = TrainingConfiguration()
  public var augmentation = AugmentationConfiguration()
  public var evaluation = EvaluationConfiguration()
  public var checkpoint = CheckpointConfiguration()
  public var metrics = MetricsConfiguration()
  public var cluster = ClusterConfiguration()
  public var splits = SplitConfiguration()
  public var folds = FoldSelection()
  /// Settings that the run trains beside its own, or instead.
  public var study = Study()

  public init() {}
}

/// A configuration that cannot be used: where it says so, and why.
public struct ConfigurationError: Error, CustomStringConvertible, Equatable {
  /// A place in a file (`file:line:column`) or an option; empty for a default.
  public let place: String
  public let reason: String

  public init(_ place: String, _ reason: String) {
    self.place = place
    self.reason = reason
  }

  public var description: String { place.isEmpty ? reason : "\(place): \(reason)" }
}
