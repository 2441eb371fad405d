import Evaluation
import Foundation
import RunStore

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

      init(_ scores: Scores) {
        uf1 = scores.uf1
        uar = scores.uar
        accuracy = scores.accuracy
        clips = scores.clips
        f1 = scores.f1
        recall = scores.recall
        confusion = scores.confusion.counts
      }
    }

    struct Mean: Encodable {
      let uf1: Double
      let uar: Double
      let uf1_sd: Double?
      let uar_sd: Double?
      let clips: Int
      let seeds_counted: Int
    }

    struct Seed: Encodable {
      let seed: UInt64?
      let scores: [String: [String: Part]]
      let folds: [Fold]
    }

    struct Setting: Encodable {
      let name: String
      let values: [String: String]
      /// The setting whose trainings these are.
      let same_as: String?
      let seeds: [UInt64]
      /// Folds that every seed has finished, which the means are of.
      let folds_counted: Int
      let scores: [String: [String: Mean]]
      let by_seed: [Seed]
      let data_sha256: String
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
    let splits_by: String
    /// These two: of a run of one setting and one seed.
    let scores: [String: [String: Part]]?
    let folds: [Fold]?
    let settings: [Setting]
    let published: [String: Published]
    let missing: [String]
    let failed: [Failed]
    let data_sha256: String
  }

  /// `report.json`: equal results give equal bytes, whenever and wherever they were computed.
  func json() throws -> Data {
    let document = Document(
      status: status, classes: classNames,
      protocols: Dictionary(
        uniqueKeysWithValues: job.protocols.map {
          ($0.rawValue, ["optimistic": $0.isOptimistic])
        }), splits_by: job.splitsBy ?? "subject", scores: only.map(Self.scores),
      folds: only.map(Self.folds), settings: settings.map(setting),
      published: standsBesideThePaper
        ? PublishedComposite.figures.mapValues {
          .init(
            uf1: $0.uf1, uar: $0.uar, protocol: PublishedComposite.selection.rawValue)
        } : [:], missing: missing.map(\.description),
      failed: failed.map {
        .init(subject: $0.task.description, epoch: $0.epoch, step: $0.step, reason: $0.reason)
      }, data_sha256: job.dataSHA256)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(document) + Data("\n".utf8)
  }

  private static func scores(_ seed: SeedScores) -> [String: [String: Document.Part]] {
    Dictionary(
      uniqueKeysWithValues: seed.scores.map { entry in
        (
          entry.name.rawValue,
          Dictionary(uniqueKeysWithValues: entry.parts.map { ($0.key, Document.Part($0.scores)) })
        )
      })
  }

  private static func folds(_ seed: SeedScores) -> [Document.Fold] {
    seed.folds.map {
      .init(
        subject: $0.task.split, clips: $0.clips.count, epochs: $0.losses.count,
        loss: $0.losses.last, weights_sha256: $0.weightsSHA256)
    }
  }

  private func setting(_ scores: SettingScores) -> Document.Setting {
    let setting = scores.setting
    return Document.Setting(
      name: setting.name,
      values: Dictionary(uniqueKeysWithValues: setting.values.map { ($0.key, $0.value) }),
      same_as: setting.sameAs.map { settings[$0].setting.name },
      seeds: scores.seeds.compactMap(\.seed), folds_counted: scores.shared.first?.folds.count ?? 0,
      scores: Dictionary(
        uniqueKeysWithValues: job.protocols.map { name in
          (
            name.rawValue,
            Dictionary(
              uniqueKeysWithValues: scores.means(of: name).map { key, mean in
                (
                  key,
                  Document.Mean(
                    uf1: mean.uf1, uar: mean.uar, uf1_sd: mean.deviations?.uf1,
                    uar_sd: mean.deviations?.uar, clips: mean.clips,
                    seeds_counted: mean.seeds)
                )
              })
          )
        }),
      by_seed: scores.seeds.map {
        .init(seed: $0.seed, scores: Self.scores($0), folds: Self.folds($0))
      }, data_sha256: setting.dataSHA256)
  }
}
