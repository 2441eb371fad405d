import Datasets
import Foundation

extension DataCheck {
  private struct Document: Encodable {
    struct Part: Encodable {
      let dataset: String
      let subjects: Int
      let clips: Int
      let clips_by_class: [String: Int]
    }

    struct Subject: Encodable {
      let dataset: String
      let subject: String
      let clips: Int
      let clips_by_class: [String: Int]
    }

    let clips: Int
    let classes: [String]
    let datasets: [Part]
    let subjects: [Subject]
    let is_published_composite: Bool
    let one_class_subjects: [String]
    let namesakes: [String]
    let duplicates: [[String]]
    let duplicates_across_subjects: [[String]]
    let constant_channels: [[String]]
    let landmarks_outside: [String]
    let regions: String
    let regions_moved: [String]
    let regions_moved_most_pixels: Double
    let regions_overlap: [String]
    let warnings: [String]
    let data_sha256: String
  }

  /// For programs: the same input gives the same bytes.
  public func json() throws -> Data {
    func byClass(_ counts: [Int]) -> [String: Int] {
      Dictionary(uniqueKeysWithValues: zip(dataset.classNames, counts))
    }
    let document = Document(
      clips: dataset.clips.count, classes: dataset.classNames,
      datasets: datasets.map { name in
        let counts = counts(of: name)
        return .init(
          dataset: name, subjects: counts.subjects, clips: counts.clips.reduce(0, +),
          clips_by_class: byClass(counts.clips))
      },
      subjects: dataset.persons.map { person in
        let clips = dataset.clips.filter { $0.person == person }
        return .init(
          dataset: person.dataset, subject: person.subject, clips: clips.count,
          clips_by_class: byClass(
            dataset.classNames.indices.map { label in clips.count { $0.label == label } }))
      }, is_published_composite: isComposite, one_class_subjects: oneClass.map { "\($0.person)" },
      namesakes: namesakes,
      duplicates: duplicates.filter { !$0.crossesSubjects }.map(\.clips),
      duplicates_across_subjects: duplicates.filter(\.crossesSubjects).map(\.clips),
      constant_channels: constant, landmarks_outside: outside, regions: regions.rawValue,
      regions_moved: moved.clips, regions_moved_most_pixels: moved.most,
      regions_overlap: overlapping, warnings: warnings, data_sha256: dataset.digest)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(document) + Data("\n".utf8)
  }
}
