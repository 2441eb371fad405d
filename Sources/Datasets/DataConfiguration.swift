/// Which data set is read, and how.
public struct DataConfiguration: Sendable, Equatable {
  /// The data's directory, or a manifest.
  public var path = ""
  /// The layout of the files there.
  public var format = DataFormat.release
  /// How a map is composed of regions around the landmarks.
  public var regions = Regions.published
  /// What the samples are measured by.
  public var scaling = Scaling.raw
  /// The landmarks file, relative to `path`; nil: `landmarks.csv` where there is one, otherwise the
  /// published default points.
  public var landmarks: String?
  /// What each class is called, by label; empty: what the data call them.
  public var classNames: [String] = []
  /// The name of a manifest's one dataset, where it has no column for it; nil: its directory's.
  public var dataset: String?
  /// What a manifest's header calls columns, each as `column=name`; empty: by their own names.
  public var columns: [String] = []

  public init() {}
}

/// Which subjects are left out in turn: names, as `dataset/subject` where several datasets have one of
/// that name, and anywhere.
public struct FoldSelection: Sendable, Equatable {
  /// Subjects whose folds run; empty: all.
  public var include: [String] = []
  /// Subjects whose folds do not run.
  public var exclude: [String] = []

  public init() {}
}

/// How the model's input is composed of a clip's flow image.
public enum Regions: String, Sendable, CaseIterable {
  /// The published code's: x taken as the row, `[[p0 | p1], [p3 | p4]]`.
  case published
  /// x is a column and y a row: eyes above, mouth corners below.
  case corrected
  /// The whole map as it is.
  case whole
}
