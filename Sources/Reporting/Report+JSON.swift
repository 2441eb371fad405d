import Evaluation
import Foundation
import RunStore
import Statistics

extension Report {
  private struct Document: Encodable {
    struct Seed: Encodable {
      let seed: UInt64?
      let scores: [String: [String: PartJSON]]
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
      let scores: [String: [String: MeanJSON]]
      /// Of the mean of the seeds' probabilities; null: there is one seed, or no fold counts.
      let ensemble: OrNull<[String: [String: PartJSON]]>
      let optimism: OrNull<OptimismJSON>
      /// By protocol, of those that have not seen the labels.
      let guessing: [String: GuessingJSON]
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

    /// Settings that were chosen by held-out training subjects.
    struct Chosen: Encodable {
      let scores: [String: MeanJSON]
      let guessing: OrNull<GuessingJSON>
      /// Times that each was chosen, over folds and seeds.
      let folds: [String: Int]
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
    /// Whose folds are pooled; nil: one run's.
    let runs: [String]?
    /// What was odd as the runs were read, and that settings' scores are of different clips; nil: nothing.
    let warnings: [String]?
    let bootstrap = Bootstrap()
    let permutations = Permutations()
    let classes: [String]
    let protocols: [String: [String: Bool]]
    let splits_by: String
    /// Of groups alone: each one's persons, `dataset/subject`, by the fold's name.
    let groups: [String: [String]]?
    /// These two: of a run of one setting and one seed.
    let scores: [String: [String: PartJSON]]?
    let folds: [Fold]?
    let optimism: OptimismJSON?
    let settings: [Setting]
    /// Of a study with `nested`.
    let chosen_settings: Chosen?
    let published: [String: Published]
    let missing: [String]
    let failed: [Failed]
    let data_sha256: String
  }

  /// `report.json`: equal results give equal bytes, whenever and wherever they were computed.
  func json(_ guesses: Guesses) throws -> Data {
    let document = Document(
      status: status, runs: runs.count > 1 ? runs.map(\.path) : nil,
      warnings: noticed.isEmpty ? nil : noticed, classes: classNames,
      protocols: Dictionary(
        uniqueKeysWithValues: job.protocols.map {
          ($0.rawValue, ["optimistic": $0.isOptimistic])
        }), splits_by: job.splitsBy ?? "subject",
      groups: groups.isEmpty
        ? nil : Dictionary(uniqueKeysWithValues: groups.map { ($0.fold, $0.persons) }),
      scores: (only?.scores).map(Self.scores), folds: only.map(Self.folds),
      optimism: only == nil ? nil : settings[0].optimism.map(OptimismJSON.init),
      settings: zip(settings, guesses.settings).map(setting),
      chosen_settings: chosenSettings.map { chosen in
        .init(
          scores: Self.means(chosen.scores),
          guessing: OrNull(guesses.chosen.map(GuessingJSON.init)),
          folds: Dictionary(uniqueKeysWithValues: chosen.counts.map { ($0.setting, $0.folds) }))
      },
      published: standsBesideThePaper
        ? PublishedComposite.figures.mapValues {
          .init(
            uf1: $0.uf1, uar: $0.uar, protocol: PublishedComposite.selection.rawValue)
        } : [:], missing: missing.map(\.description),
      failed: failed.map {
        .init(subject: $0.task.description, epoch: $0.epoch, step: $0.step, reason: $0.reason)
      }, data_sha256: job.dataSHA256)
    return try encodedJSON(document)
  }

  private static func scores(_ scores: [ProtocolScores]) -> [String: [String: PartJSON]] {
    Dictionary(
      uniqueKeysWithValues: scores.map { entry in
        (
          entry.name.rawValue,
          Dictionary(uniqueKeysWithValues: entry.parts.map { ($0.key, PartJSON($0)) })
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

  private static func means(
    _ means: [(key: String, scores: MeanScores)]
  ) -> [String: MeanJSON] {
    Dictionary(uniqueKeysWithValues: means.map { ($0.key, MeanJSON($0.scores)) })
  }

  private func setting(
    _ scores: SettingScores, _ guessing: [EvaluationProtocol: Guessing]
  ) -> Document.Setting {
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
            Self.means(scores.means(of: name))
          )
        }),
      ensemble: OrNull(scores.ensemble.map { Self.scores($0.scores) }),
      optimism: OrNull(scores.optimism.map(OptimismJSON.init)),
      guessing: Dictionary(
        uniqueKeysWithValues: guessing.map { ($0.key.rawValue, GuessingJSON($0.value)) }),
      by_seed: scores.seeds.map {
        .init(seed: $0.seed, scores: Self.scores($0.scores), folds: Self.folds($0))
      }, data_sha256: setting.dataSHA256)
  }
}
