/// One fold: the person left out, the clips to train on and the clips to test on.
public struct Fold: Sendable, Equatable {
  /// The person's place among all persons, whatever folds are selected: it keys the randomness.
  public let index: Int
  /// The fold's name: the subject left out, with its dataset before it where several have one of
  /// that name (`Dataset.foldNames`).
  public let subject: String
  public let trainClips: [Int]
  public let testClips: [Int]
}

/// Splits by person.
public enum LeaveOneSubjectOut {
  /// The selected folds, in the order of the persons' first clips.
  ///
  /// - Throws: `FoldSelectionError` for a name that is nobody's or not one person's alone, for one
  ///   that is selected twice, or if nothing is left.
  public static func folds(of composite: Dataset, _ selection: FoldSelection = FoldSelection())
    throws -> [Fold]
  {
    let (persons, names) = (composite.persons, composite.foldNames)
    func select(_ key: String, _ texts: [String]) throws -> [Person: String] {
      var selected: [Person: String] = [:]
      for text in texts {
        let person = try person(text, among: persons, names, key: key)
        if let other = selected.updateValue(text, forKey: person) {
          throw FoldSelectionError(
            key: key, reason: "names one subject twice, as \"\(other)\" and \"\(text)\"")
        }
      }
      return selected
    }
    let included = try select("folds.include", selection.include)
    let excluded = try select("folds.exclude", selection.exclude)
    for person in persons {
      guard let one = included[person], let other = excluded[person], one != other else { continue }
      throw FoldSelectionError(
        key: "folds.exclude", reason: "\"\(other)\" is in folds.include too, as \"\(one)\"")
    }
    let folds = persons.enumerated().filter { _, person in
      (included.isEmpty || included[person] != nil) && excluded[person] == nil
    }.map { index, person in
      Fold(
        index: index, subject: names[person] ?? person.description,
        trainClips: composite.clips.indices.filter { composite.clips[$0].person != person },
        testClips: composite.clips.indices.filter { composite.clips[$0].person == person })
    }
    guard !folds.isEmpty else {
      throw FoldSelectionError(
        key: "folds.exclude", reason: "leaves no fold of \(persons.count) subjects to run")
    }
    return folds
  }

  /// The one person whom a name in the configuration means.
  private static func person(
    _ text: String, among persons: [Person], _ names: [Person: String], key: String
  ) throws -> Person {
    let meant = persons.filter { $0.subject == text || $0.description == text }
    if meant.count > 1 {
      throw FoldSelectionError(
        key: key,
        reason: "\"\(text)\" is a subject of several datasets: write "
          + meant.map(\.description).joined(separator: " or "))
    }
    guard let person = meant.first else {
      throw FoldSelectionError(
        key: key,
        reason: "\"\(text)\" is no subject of the data, which has \(persons.count): "
          + persons.prefix(8).map { names[$0] ?? $0.description }.joined(separator: ", ")
          + (persons.count > 8 ? ", …" : "")
          + NearNames.hint(text, among: persons.map(\.subject) + persons.map(\.description)))
    }
    return person
  }
}

/// A selection of folds that does not fit the data.
public struct FoldSelectionError: Error, CustomStringConvertible, Equatable {
  public let key: String
  public let reason: String
  public var description: String { "\(key): \(reason)" }
}
