import Files
import Wording

/// The folds of a data set: every clip is tested by one of them.
public struct Splits: Sendable {
  /// All of them, in the order of their first clips; groups by their numbers.
  public let folds: [Fold]
  private let dataset: Dataset
  private let unit: SplitConfiguration.Unit

  /// Folds that the random numbers of a run can tell apart.
  public static let limit = 1 << 16

  /// - Throws: `SplitError` if the data cannot be parted so.
  public init(_ dataset: Dataset, _ configuration: SplitConfiguration = SplitConfiguration()) throws
  {
    self.dataset = dataset
    unit = configuration.by
    let names: [Person: String]
    var order: [String]
    switch configuration.by {
    case .subject:
      names = dataset.foldNames
      order = dataset.persons.compactMap { names[$0] }
    case .dataset:
      names = Dictionary(uniqueKeysWithValues: dataset.persons.map { ($0, $0.dataset) })
      var seen: Set<String> = []
      order = dataset.persons.map(\.dataset).filter { seen.insert($0).inserted }
      guard order.count > 1 else {
        throw SplitError(
          key: "splits.by",
          reason: "dataset needs at least two, and the data have one, \(order.joined()): leave out "
            + "subject or groups")
      }
    case .groups:
      let groups = try GroupDraw(dataset, configuration).groups
      names = groups.mapValues { Self.group($0) }
      order = (0..<configuration.groups).map(Self.group)
    }
    guard order.count <= Self.limit else {
      throw SplitError(
        key: "splits.by", reason: "\(order.count) folds are more than \(Self.limit)")
    }
    if let long = order.first(where: { FileName.escaped($0).utf8.count > FileName.ownLimit }) {
      throw SplitError(
        key: "splits.by", reason: "\"\(long)\" is too long a name for the directory of its fold")
    }
    let tested = dataset.clips.map { names[$0.person] ?? "" }
    folds = order.enumerated().map { index, name in
      Fold(
        index: index, name: name, trainClips: tested.indices.filter { tested[$0] != name },
        testClips: tested.indices.filter { tested[$0] == name })
    }
  }

  private static func group(_ number: Int) -> String { "group-\(number + 1)" }

  /// The name of the fold that tests each clip.
  public var names: [String] {
    var names = Array(repeating: "", count: dataset.clips.count)
    for fold in folds {
      for clip in fold.testClips { names[clip] = fold.name }
    }
    return names
  }

  /// The selected folds, in their order.
  ///
  /// - Throws: `SplitError` for a name that is no fold's or not one fold's alone, for one that is
  ///   selected twice, or if nothing is left.
  public func selected(_ selection: FoldSelection) throws -> [Fold] {
    func select(_ key: String, _ texts: [String]) throws -> [Int: String] {
      var selected: [Int: String] = [:]
      for text in texts {
        let fold = try fold(text, key: key)
        if let other = selected.updateValue(text, forKey: fold.index) {
          throw SplitError(
            key: key, reason: "names one fold twice, as \"\(other)\" and \"\(text)\"")
        }
      }
      return selected
    }
    let included = try select("folds.include", selection.include)
    let excluded = try select("folds.exclude", selection.exclude)
    for fold in folds {
      guard let one = included[fold.index], let other = excluded[fold.index], one != other else {
        continue
      }
      throw SplitError(
        key: "folds.exclude", reason: "\"\(other)\" is in folds.include too, as \"\(one)\"")
    }
    let left = folds.filter {
      (included.isEmpty || included[$0.index] != nil) && excluded[$0.index] == nil
    }
    guard !left.isEmpty else {
      throw SplitError(
        key: "folds.exclude", reason: "leaves no fold of \(counted(folds.count, units)) to run")
    }
    return left
  }

  /// What a fold leaves out.
  private var units: String {
    switch unit {
    case .subject: "subject"
    case .dataset: "dataset"
    case .groups: "group"
    }
  }

  /// The one fold that a name in the configuration means.
  private func fold(_ text: String, key: String) throws -> Fold {
    func person(_ fold: Fold) -> Person { dataset.clips[fold.testClips[0]].person }
    let bySubject = unit == .subject
    let meant = folds.filter { fold in
      fold.name == text
        || bySubject && (person(fold).subject == text || person(fold).description == text)
    }
    if meant.count > 1 {
      throw SplitError(
        key: key,
        reason: "\"\(text)\" is a subject of several datasets: write "
          + meant.map { person($0).description }.joined(separator: " or "))
    }
    guard let fold = meant.first else {
      let others =
        bySubject
        ? folds.map { person($0).subject } + folds.map { person($0).description }
        : folds.map(\.name)
      throw SplitError(
        key: key,
        reason: "\"\(text)\" is no \(units) of the data, which has \(folds.count): "
          + folds.prefix(8).map(\.name).joined(separator: ", ") + (folds.count > 8 ? ", …" : "")
          + NearNames.hint(text, among: others))
    }
    return fold
  }
}
