import Configuration
import Datasets

/// A setting of a run, and what it is trained on.
public struct PlannedSetting: Sendable {
  public let setting: Setting
  /// Settings whose data keys are the same share one.
  public let dataset: Dataset
  /// Its digest.
  public let dataSHA256: String
}
