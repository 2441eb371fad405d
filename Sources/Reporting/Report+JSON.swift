import Evaluation
import Foundation

extension Report {
  private struct Document: Encodable {
    struct Part: Encodable {
      let uf1: Double
      let uar: Double
      let accuracy: Double
      let clips: Int
      let f1: [Double?]
      let recall: [Double?]
      let confusion: [[Int]]
    }

    struct Fold: Encodable {
      let subject: String
      let clips: Int
      let epochs: Int
      let loss: Double?
      let weights_sha256: String
    }

    struct Failed: Encodable {
      let subject: String
      let epoch: Int
      let step: Int
      let reason: String
    }

    struct Published: Encodable {
      let uf1: Double
      let uar: Double
      let `protocol`: String
    }

    let status: String
    let classes: [String]
    let protocols: [String: [String: Bool]]
    let scores: [String: [String: Part]]
    let published: [String: Published]
    let folds: [Fold]
    let missing: [String]
    let failed: [Failed]
    let data_sha256: String
  }

  /// `report.json`: equal results give equal bytes, whenever and wherever they were computed.
  func json() throws -> Data {
    let scores = self.scores.map { entry in
      (
        entry.name.rawValue,
        Dictionary(
          uniqueKeysWithValues: entry.parts.map { key, scores in
            (
              key,
              Document.Part(
                uf1: scores.uf1, uar: scores.uar, accuracy: scores.accuracy, clips: scores.clips,
                f1: scores.f1, recall: scores.recall, confusion: scores.confusion.counts)
            )
          })
      )
    }
    let document = Document(
      status: status, classes: classNames,
      protocols: Dictionary(
        uniqueKeysWithValues: job.protocols.map {
          ($0.rawValue, ["optimistic": $0.isOptimistic])
        }), scores: Dictionary(uniqueKeysWithValues: scores),
      published: standsBesideThePaper
        ? PublishedComposite.figures.mapValues {
          .init(
            uf1: $0.uf1, uar: $0.uar, protocol: PublishedComposite.selection.rawValue)
        } : [:],
      folds: folds.map {
        .init(
          subject: $0.task.split, clips: $0.clips.count, epochs: $0.losses.count,
          loss: $0.losses.last,
          weights_sha256: $0.weightsSHA256)
      }, missing: missing.map(\.split),
      failed: failed.map {
        .init(subject: $0.task.split, epoch: $0.epoch, step: $0.step, reason: $0.reason)
      }, data_sha256: job.dataSHA256)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(document) + Data("\n".utf8)
  }
}
