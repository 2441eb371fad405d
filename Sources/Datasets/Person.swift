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

  /// What it holds, by dataset: `442 clips of 68 subjects: casme2 24, samm 28, smic 16`.
  public var summary: String {
    let datasets = Dictionary(grouping: persons, by: \.dataset).sorted { $0.key < $1.key }
    return "\(clips.count) clips of \(persons.count) subjects: "
      + datasets.map { "\($0) \($1.count)" }.joined(separator: ", ")
  }
}
