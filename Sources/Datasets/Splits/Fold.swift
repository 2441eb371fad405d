/// One way to part the clips: some to train on, the others to test on.
public struct Fold: Sendable, Equatable {
  /// Its place among all folds, whatever folds are selected: it keys the randomness.
  public let index: Int
  /// Whom it leaves out: a subject, with its dataset before it where several have one of that name
  /// (`Dataset.foldNames`), a dataset, or a group.
  public let name: String
  public let trainClips: [Int]
  public let testClips: [Int]

  public init(index: Int, name: String, trainClips: [Int], testClips: [Int]) {
    self.index = index
    self.name = name
    self.trainClips = trainClips
    self.testClips = testClips
  }
}

/// A selection of folds, or a way to part the clips, that does not fit the data.
public struct SplitError: Error, CustomStringConvertible, Equatable {
  public let key: String
  public let reason: String

  public init(key: String, reason: String) {
    self.key = key
    self.reason = reason
  }

  public var description: String { "\(key): \(reason)" }
}
