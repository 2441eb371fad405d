import Evaluation
import RunStore
import Wording

/// Seeds of a run that is not complete: where a mean is missing, and which of them stand by themselves.
extension Report {
  /// Seeds that have finished all folds where others of their setting have not.
  var alone: [(setting: SettingScores, seed: SeedScores)] {
    trained.flatMap { _, setting in setting.alone.map { (setting: setting, seed: $0) } }
  }

  /// The same: a row a protocol, the header first; empty: there is none.
  var aloneRows: [[String]] {
    let rows: [[String]] = alone.flatMap { setting, seed in
      seed.scores.compactMap { entry -> [String]? in
        guard let full = entry["full"] else { return nil }
        let (scores, intervals) = (Self.cells(full.scores), Self.cells(full.intervals))
        return [
          "\(Self.name(setting, seed)), \(Self.label(entry.name))", "\(full.scores.clips)",
          scores[0],
          intervals[0], scores[1], intervals[1],
        ]
      }
    }
    guard !rows.isEmpty else { return [] }
    return [
      ["complete seeds, each by itself", "clips", "UF1", "95% interval", "UAR", "95% interval"]
    ] + rows
  }

  static func name(_ setting: SettingScores, _ seed: SeedScores) -> String {
    (setting.setting.name.isEmpty ? "" : setting.setting.name + ", ") + name(seed)
  }

  private static func name(_ seed: SeedScores) -> String {
    "seed \(seed.seed.map { "\($0)" } ?? "unknown")"
  }

  /// Settings that this says the seeds of.
  private static let mostSettings = 4

  /// Of each setting without a fold that every seed has finished, how far its seeds are.
  var missingMeans: String {
    let without = trained.map(\.setting).filter { $0.shared.allSatisfy(\.folds.isEmpty) }
    let folds = job.splits.count
    let words = without.prefix(Self.mostSettings).map { setting -> String in
      let isBegun = setting.seeds.contains { !$0.folds.isEmpty }
      let seeds =
        isBegun
        ? setting.seeds.map {
          "\(Self.name($0)) has finished \($0.folds.count) of \(counted(folds, "fold"))"
        }.joined(separator: ", ") : "no fold is finished"
      return setting.setting.name.isEmpty ? seeds : "\(setting.setting.name): \(seeds)"
    }
    let more = without.count - words.count
    return words.joined(separator: "; ")
      + (more > 0 ? "; and \(counted(more, "setting")) more" : "")
  }

  /// What the page speaks of first where no setting has a score over its seeds, or one of few folds alone.
  var findingWithoutMean: String {
    guard job.allSeeds.count > 1,
      trained.contains(where: { !$0.setting.seeds.allSatisfy(\.folds.isEmpty) })
    else { return "There is no score yet: no fold counts." }
    let own =
      alone.first.flatMap { setting, seed in
        seed.scores[shownPlace]["full"].map { full -> String in
          " By itself (\(shown.rawValue)), \(Self.name(setting, seed)) reaches UF1 "
            + "\(Self.short(full.scores.uf1))\(Self.ends(full.intervals?.uf1)) and UAR "
            + "\(Self.short(full.scores.uar))\(Self.ends(full.intervals?.uar)) over "
            + counted(full.scores.clips, "clip")
            + (alone.count > 1 ? "; the scores below have \(alone.count - 1) more." : ".")
        }
      } ?? ""
    guard mostShared == 0 else {
      return
        "The mean over the \(job.allSeeds.count) seeds is of \(mostShared) of \(counted(job.splits.count, "fold")) alone yet, "
        + "which are finished with all of them." + own
    }
    return
      "There is no mean over the \(job.allSeeds.count) seeds yet, since no fold is finished with all of "
      + "them: \(missingMeans)." + own
  }
}
