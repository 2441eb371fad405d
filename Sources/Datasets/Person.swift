import Wording

/// Whose face a clip shows: subject numbers repeat from dataset to dataset.
public struct Person: Sendable, Hashable, CustomStringConvertible {
  public let dataset: String
  public let subject: String

  public init(dataset: String, subject: String) {
    self.dataset = dataset
    self.subject = subject
  }

  /// `dataset/subject`.
  public var description: String { dataset + "/" + subject }

  /// From `dataset/subject`; nil: it is none.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.init(dataset: String(parts[0]), subject: String(parts[1]))
  }

  /// Whether two names may be one person's, written in two ways: case, blanks, a number's zeros.
  public func isNear(_ other: Person) -> Bool { near == other.near }

  /// Whether a name may be this subject's.
  public func isNear(subject name: String) -> Bool {
    NearNames.key(subject) == NearNames.key(name)
      || NearNames.key(description) == NearNames.key(name)
  }

  private var near: Person {
    Person(dataset: NearNames.key(dataset), subject: NearNames.key(subject))
  }
}

extension Clip {
  public var person: Person { Person(dataset: dataset, subject: subject) }
}

extension [Clip] {
  /// Persons in the order of their first clip.
  var persons: [Person] {
    var seen: Set<Person> = []
    return map(\.person).filter { seen.insert($0).inserted }
  }

  /// See `Dataset.foldNames`.
  var foldNames: [Person: String] {
    let persons = persons
    let namesakes = Dictionary(grouping: persons, by: \.subject)
    return Dictionary(
      uniqueKeysWithValues: persons.map {
        ($0, namesakes[$0.subject]?.count == 1 ? $0.subject : $0.description)
      })
  }
}

extension Dataset {
  /// Persons in the order of their first clip.
  public var persons: [Person] { clips.persons }

  /// What the fold that leaves a person out is called: the subject where one dataset alone has a
  /// subject of that name, otherwise `dataset/subject`.
  public var foldNames: [Person: String] { clips.foldNames }

  /// What it holds: `442 clips of 68 subjects (casme2 24, samm 28, smic 16): negative 250, …`.
  public var summary: String {
    let datasets = Dictionary(grouping: persons, by: \.dataset).sorted { $0.key < $1.key }
    return "\(counted(clips.count, "clip")) of \(counted(persons.count, "subject")) ("
      + datasets.map { "\($0) \($1.count)" }.joined(separator: ", ") + "): "
      + zip(classNames, clipsOfClasses).map { "\($0) \($1)" }.joined(separator: ", ")
  }

  private var clipsOfClasses: [Int] {
    classNames.indices.map { label in clips.count { $0.label == label } }
  }

  /// What the clips' classes are worth a warning for: those that have none.
  public var classWarnings: [String] {
    zip(classNames, clipsOfClasses).filter { $0.1 == 0 }.map {
      "no clip is of the class \"\($0.0)\": it can be learnt from nothing, and has no score"
    }
  }
}
