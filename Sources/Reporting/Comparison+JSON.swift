import Files
import Foundation
import Statistics

extension Comparison {
  private struct Document: Encodable {
    struct SideJSON: Encodable {
      let named: String
      let setting: String
      let seeds: [UInt64]
      let clips_left_out: Int
    }

    struct OtherJSON: Encodable {
      let name: String
      let a: String
      let b: String

      init(_ difference: Comparison.Difference) {
        (name, a, b) = (difference.name, difference.first, difference.second)
      }
    }

    struct PartJSON: Encodable {
      let clips: Int
      let a: ScoresJSON
      let b: ScoresJSON
      let b_minus_a: DifferenceJSON
    }

    struct ScoresJSON: Encodable {
      let uf1: Double
      let uf1_interval: Ends
      let uar: Double
      let uar_interval: Ends

      init(_ scores: MeanScores) {
        (uf1, uar) = (scores.uf1.mean, scores.uar.mean)
        uf1_interval = Ends(scores.intervals?.uf1)
        uar_interval = Ends(scores.intervals?.uar)
      }
    }

    struct McNemar: Encodable {
      let a_only_right: Int
      let b_only_right: Int
      let p: Double
    }

    struct ChangeJSON: Encodable {
      let dataset: String
      let subject: String
      let clip: String
      let image: OrNull<String>
      let truth: Int
      let a: Int
      let b: Int
    }

    struct PairJSON: Encodable {
      let a_protocol: String
      let b_protocol: String
      let parts: [String: PartJSON]
      let mcnemar: McNemar
      let changed: [ChangeJSON]
    }

    let a: SideJSON
    let b: SideJSON
    /// null: nobody can say.
    let configuration_differences: OrNull<[OtherJSON]>
    let digest_differences: [OtherJSON]
    let bootstrap = Bootstrap()
    let classes: [String]
    let clips: Int
    let subjects: Int
    let comparisons: [PairJSON]
  }

  /// The names of the files that `write` writes.
  public static let fileNames = ["comparison.json", "comparison.md"]

  /// Writes the comparison into a directory, which is made if it is not there.
  public func write(into directory: String) throws {
    try AtomicFile.makeDirectory(directory)
    for (name, data) in zip(Self.fileNames, [try json(), Data(markdown.utf8)]) {
      try AtomicFile.write(data, to: directory + "/" + name)
    }
  }

  /// `comparison.json`.
  private func json() throws -> Data {
    func side(_ side: Side) -> Document.SideJSON {
      .init(
        named: side.text, setting: side.setting, seeds: side.seeds.compactMap { $0 },
        clips_left_out: side.left)
    }
    var keys: [Difference]?
    if case .differ(let known) = configurations { keys = known }
    let document = Document(
      a: side(first), b: side(second),
      configuration_differences: OrNull(keys?.map(Document.OtherJSON.init)),
      digest_differences: digests.map(Document.OtherJSON.init), classes: classNames, clips: clips,
      subjects: subjects,
      comparisons: pairs.map { pair in
        .init(
          a_protocol: pair.first.rawValue, b_protocol: pair.second.rawValue,
          parts: Dictionary(
            uniqueKeysWithValues: pair.parts.map {
              (
                $0.key,
                .init(
                  clips: $0.first.clips, a: .init($0.first), b: .init($0.second),
                  b_minus_a: DifferenceJSON($0.difference))
              )
            }),
          mcnemar: .init(
            a_only_right: pair.test.firstOnly, b_only_right: pair.test.secondOnly, p: pair.test.p),
          changed: pair.changes.map {
            .init(
              dataset: $0.clip.dataset, subject: $0.clip.subject, clip: $0.clip.clip,
              image: OrNull($0.clip.image), truth: $0.clip.truth, a: $0.first, b: $0.second)
          })
      })
    return try encodedJSON(document)
  }
}
