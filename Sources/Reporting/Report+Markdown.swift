import Evaluation
import Foundation
import Tasks

extension Report {
  /// The report as Markdown.
  var markdown: String {
    var lines = ["# Leave-one-\(unit)-out report", "", headline, ""]
    lines += Self.table(settings.count > 1 ? overviewRows : tableRows(settings[0]))
    lines += [""] + notes + [""]
    if let only {
      lines += scoreSections(only)
    } else {
      for setting in settings where setting.setting.sameAs == nil { lines += section(setting) }
    }
    if !missing.isEmpty { lines += ["", "Missing: " + missing.named()] }
    for fold in failed { lines += ["", "Failed: \(fold.task), \(fold.cause)"] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Confusions and folds of a run of one setting and one seed.
  private func scoreSections(_ seed: SeedScores) -> [String] {
    var lines: [String] = []
    for entry in seed.scores {
      lines += [
        "## Protocol `\(entry.name.rawValue)`" + (entry.name.isOptimistic ? " (optimistic)" : ""),
        "",
      ]
      for (key, scores) in entry.parts {
        lines += ["### \(Self.title(key))", ""]
        lines += Self.table(confusionRows(scores)) + [""]
      }
    }
    lines += ["## Folds", ""]
    return lines
      + Self.table(
        [[unit, "clips", "epochs", "last loss", "weights_sha256"]]
          + seed.folds.map {
            [
              "\($0.task)", "\($0.clips.count)", "\($0.losses.count)",
              $0.losses.last.map { String(format: "%.4f", $0) } ?? "-",
              String($0.weightsSHA256.prefix(16)),
            ]
          })
  }

  /// A setting of a study: its scores by dataset, and those of each seed.
  private func section(_ setting: SettingScores) -> [String] {
    let name = setting.setting.name
    var lines = ["## \(name.isEmpty ? "Scores of each seed" : "Setting `\(name)`")", ""]
    if settings.count > 1 { lines += Self.table(tableRows(setting)) + [""] }
    guard setting.seeds.count > 1 else { return lines }
    return lines
      + Self.table(
        [["seed"] + header([]).prefix(2 * job.protocols.count)]
          + setting.seeds.map { seed in
            [seed.seed.map { "\($0)" } ?? "-"]
              + seed.scores.flatMap { entry in
                let full = entry.parts.first { $0.key == "full" }?.scores
                return [full?.uf1, full?.uar].map { $0.map(Self.figure) ?? "-" }
              }
          }) + [""]
  }

  private func confusionRows(_ scores: Scores) -> [[String]] {
    let names = classNames
    return [["truth \\ prediction"] + names + ["F1", "recall"]]
      + names.enumerated().map { index, name in
        [name] + scores.confusion.counts[index].map { "\($0)" }
          + [scores.f1[index], scores.recall[index]].map { $0.map(Self.figure) ?? "-" }
      }
  }

  private static func table(_ rows: [[String]]) -> [String] {
    let lines = rows.map { row in
      "| " + row.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
    let rule = "|" + String(repeating: " --- |", count: rows[0].count)
    return [lines[0], rule] + lines[1...]
  }
}
