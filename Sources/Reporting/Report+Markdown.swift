import Evaluation
import Foundation
import RunStore
import Tasks

extension Report {
  /// The report as Markdown.
  var markdown: String {
    var lines = ["# Leave-one-\(unit)-out report", "", Self.escaped(headline), ""]
    for warning in noticed { lines += ["**Warning:** \(Self.escaped(Self.line(warning)))", ""] }
    let tables =
      settings.count > 1
      ? job.protocols.map(overviewRows) : [tableRows(settings[0]), intervalRows(settings[0])]
    for rows in tables + [aloneRows, optimismRows()] where !rows.isEmpty {
      lines += Self.table(rows) + [""]
    }
    lines += notes.map(Self.escaped) + [""]
    if let only {
      lines += scoreSections(only)
    } else {
      for setting in settings where setting.setting.sameAs == nil { lines += section(setting) }
    }
    if !groupRows.isEmpty { lines += ["", "## Groups", ""] + Self.table(groupRows) }
    if !missing.isEmpty {
      lines += ["", Self.escaped("Missing: " + missing.named(job.name(of:)))]
    }
    for fold in failed {
      lines += ["", Self.escaped("Failed: \(job.name(of: fold.task)), \(fold.cause)")]
    }
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
      for part in entry.parts {
        lines += ["### \(Self.title(part.key))", ""]
        lines += Self.table(confusionRows(part.scores)) + [""]
      }
    }
    return lines + ["## Folds", ""]
      + Self.table([[unit] + Self.foldTitles] + seed.folds.map { ["\($0.task)"] + Self.cells($0) })
  }

  /// A setting's scores by dataset, those of each seed, its confusions and its folds.
  private func section(_ setting: SettingScores) -> [String] {
    let seeds = setting.seeds.count
    var lines: [String] = []
    var mark = "##"
    if settings.count > 1 {
      lines += ["## Setting \(Self.escaped(setting.setting.name))", ""]
      for rows in [tableRows(setting), intervalRows(setting)] where !rows.isEmpty {
        lines += Self.table(rows) + [""]
      }
      mark = "###"
    }
    if seeds > 1 {
      lines += ["\(mark) Scores of each seed", ""] + Self.table(seedRows(setting)) + [""]
      if let note = setting.seedsNote { lines += [note, ""] }
    }
    for (place, name) in job.protocols.enumerated() {
      guard let scores = setting.confusion(protocolAt: place, classes: job.classes) else {
        continue
      }
      lines += [
        "\(mark) Confusion by `\(name.rawValue)`" + (name.isOptimistic ? " (optimistic)" : "")
          + ", all clips" + (seeds > 1 ? ", summed over \(seeds) seeds" : ""),
        "",
      ]
      lines += Self.table(confusionRows(scores)) + [""]
    }
    lines += ["\(mark) Folds", ""]
    lines += Self.table(
      [[unit, "seed"] + Self.foldTitles]
        + setting.seeds.flatMap { seed in
          seed.folds.map { [$0.task.split, Self.name(of: seed)] + Self.cells($0) }
        })
    return lines + [""]
  }

  private func seedRows(_ setting: SettingScores) -> [[String]] {
    let titles = job.protocols.flatMap { name in
      ["\(Self.label(name)) UF1", "95% interval", "UAR", "95% interval"]
    }
    return [["seed", "clips"] + titles]
      + setting.seeds.map { seed in
        [Self.name(of: seed), "\(seed.rows.count)"]
          + seed.scores.flatMap { entry -> [String] in
            let full = entry["full"]
            let scores = [full?.scores.uf1, full?.scores.uar].map { $0.map(Self.figure) ?? "-" }
            let intervals = Self.cells(full?.intervals)
            return [scores[0], intervals[0], scores[1], intervals[1]]
          }
      }
  }

  private static func name(of seed: SeedScores) -> String { seed.seed.map { "\($0)" } ?? "-" }

  private static let foldTitles = ["clips", "epochs", "last loss", "weights_sha256"]

  private static func cells(_ fold: TaskResult) -> [String] {
    [
      "\(fold.clips.count)", "\(fold.losses.count)",
      fold.losses.last.map { String(format: "%.4f", $0) } ?? "-",
      String(fold.weightsSHA256.prefix(16)),
    ]
  }

  private func confusionRows(_ scores: Scores) -> [[String]] {
    let names = classNames
    return [["truth \\ prediction"] + names + ["F1", "recall"]]
      + names.enumerated().map { index, name in
        [name] + scores.confusion.counts[index].map { "\($0)" }
          + [scores.f1[index], scores.recall[index]].map { $0.map(Self.figure) ?? "-" }
      }
  }

  /// Text whose marks stand for themselves, but for `_`, which is one at a word's edge alone.
  private static func escaped(_ text: String) -> String {
    // Before anything but a mark a backslash stands for itself.
    text.replacing(/\\(?=[!-\/:-@\[-`{-~])/, with: "\\\\").replacing("<", with: "&lt;").replacing(
      "](", with: "]\\("
    )
    .replacing(/[|*`$]/) { "\\" + $0.output }
  }

  /// The first row is the header.
  package static func table(_ rows: [[String]]) -> [String] {
    let lines = rows.map { row in
      "| " + row.map(escaped).joined(separator: " | ") + " |"
    }
    let rule = "|" + String(repeating: " --- |", count: rows[0].count)
    return [lines[0], rule] + lines[1...]
  }
}
