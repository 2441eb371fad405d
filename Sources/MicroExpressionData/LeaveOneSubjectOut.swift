/// One fold: the subject left out, the clips to train on and the clips to test on.
public struct Fold: Sendable, Equatable {
  /// The subject's place among all subjects, whatever folds are selected: it keys the randomness.
  public let index: Int
  public let subject: String
  public let trainClips: [Int]
  public let testClips: [Int]
}

/// Splits by subject.
public enum LeaveOneSubjectOut {
  /// The selected folds, in the order of the subjects' first clips.
  ///
  /// - Throws: `FoldSelectionError` for a name that is no subject, or if nothing is left.
  public static func folds(of composite: Composite, _ selection: FoldSelection = FoldSelection())
    throws -> [Fold]
  {
    let subjects = composite.subjects
    for (key, names) in [("include", selection.include), ("exclude", selection.exclude)] {
      for name in names where !subjects.contains(name) {
        throw FoldSelectionError(
          key: "folds.\(key)",
          reason: "\"\(name)\" is no subject of the data, which has \(subjects.count): "
            + subjects.prefix(8).joined(separator: ", ") + (subjects.count > 8 ? ", …" : ""))
      }
    }
    let folds = subjects.enumerated().filter { _, subject in
      (selection.include.isEmpty || selection.include.contains(subject))
        && !selection.exclude.contains(subject)
    }.map { index, subject in
      Fold(
        index: index, subject: subject,
        trainClips: composite.clips.indices.filter { composite.clips[$0].subject != subject },
        testClips: composite.clips.indices.filter { composite.clips[$0].subject == subject })
    }
    guard !folds.isEmpty else {
      throw FoldSelectionError(
        key: "folds.exclude", reason: "leaves no fold of \(subjects.count) subjects to run")
    }
    return folds
  }
}

/// A selection of folds that does not fit the data.
public struct FoldSelectionError: Error, CustomStringConvertible, Equatable {
  public let key: String
  public let reason: String
  public var description: String { "\(key): \(reason)" }
}
