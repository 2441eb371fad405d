import Datasets
import Foundation
import RunStore
import Safetensors
import Wording

/// Whose clips a file's weights were trained on, as its metadata say. A fold that started from weights
/// which have seen its test subject would leave nobody out.
public struct WeightsOrigin: Sendable, Equatable {
  /// The metadata's key, a JSON list.
  static let key = "trained_on"

  /// Persons as `dataset/subject`, and `unknownPersons` where a start, perhaps of an earlier training,
  /// does not say.
  public let persons: Set<String>
  public var isComplete: Bool { !persons.contains(Self.unknown) }
  private static let unknown = LedgerRecord.JobStarted.unknownPersons
  /// The fold that an older file was trained as, which says no more than that.
  private let onlyFold: String?

  /// - Throws: `SafetensorsError` if it cannot be read what the file says.
  public init(of file: SafetensorsFile) throws {
    guard let text = file.metadata[Self.key] else {
      persons = [Self.unknown]
      onlyFold = file.metadata["subject"]
      return
    }
    guard let list = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
      throw SafetensorsError(
        file: file.file, reason: "the \"\(Self.key)\" of its metadata is not a JSON list of names")
    }
    if let wrong = list.first(where: { $0 != Self.unknown && Person($0) == nil }) {
      throw SafetensorsError(
        file: file.file,
        reason: "the \"\(Self.key)\" of its metadata holds \"\(wrong.visible)\", which is no "
          + "dataset/subject")
    }
    // Weights that were trained on nobody's clips need no such list.
    persons = list.isEmpty ? [Self.unknown] : Set(list)
    onlyFold = nil
  }

  /// Refuses weights that have seen the test subject of a fold that is to start from them.
  ///
  /// - Parameter folds: Names of the folds and whom they test.
  /// - Throws: `SafetensorsError` that names folds of both kinds.
  public func check(_ folds: [(name: String, persons: [Person])], file: String) throws {
    let seen = persons.compactMap { Person($0) }
    let open = folds.filter { name, persons in
      // What was trained as a fold has seen everybody but its subject.
      // Nearness errs on the safe side for those that were seen alone.
      onlyFold.map { $0 == name }
        ?? !persons.contains { person in seen.contains { $0.isNear(person) } }
    }.map(\.name)
    let closed = folds.map(\.name).filter { !open.contains($0) }
    guard !closed.isEmpty else { return }
    let remedy =
      open.isEmpty
      ? "it can start no fold of this run"
      : "it can start \(Self.list(open)): set folds.include to what it can start"
    throw SafetensorsError(
      file: file,
      reason: "its weights were trained on the very subjects that folds of this run leave out: "
        + "\(Self.list(closed)); \(remedy), or name other training.initial_weights")
  }

  /// These weights as ones that do not say all; nil: no fold's subject can be one that was seen under
  /// another dataset's name.
  public func doubting(_ persons: [Person]) -> WeightsOrigin? {
    namesakes(of: persons).isEmpty
      ? nil : WeightsOrigin(persons: self.persons.union([Self.unknown]), onlyFold)
  }

  /// Persons that may have been seen under the name of a dataset which none of them is of, each with the first such
  /// one. A manifest's dataset may be no more than its directory's name.
  public func namesakes(of persons: [Person]) -> [(person: Person, seen: Person)] {
    let datasets = Set(persons.map(\.dataset))
    let others = self.persons.sorted().compactMap { Person($0) }.filter {
      !datasets.contains($0.dataset)
    }
    return persons.compactMap { person in
      others.first {
        Person(dataset: person.dataset, subject: $0.subject).isNear(person)
      }.map { (person: person, seen: $0) }
    }
  }

  private init(persons: Set<String>, _ onlyFold: String?) {
    self.persons = persons
    self.onlyFold = onlyFold
  }

  /// The first names, and how many more.
  private static func list(_ names: [String]) -> String {
    names.prefix(4).joined(separator: ", ")
      + (names.count > 4 ? " and \(names.count - 4) more" : "")
  }
}
