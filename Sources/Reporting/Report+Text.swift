import Evaluation
import Foundation
import RunStore
import Tasks
import Wording

extension Report {
  /// The state of the run in a sentence or two.
  var headline: String {
    let total = folds.count + missing.count + failed.count
    let clips = folds.reduce(0) { $0 + $1.clips.count }
    let subjects = Set(job.clips.map(\.fold)).count
    let subset =
      total < subjects ? " The run leaves out \(subjects - total) of \(subjects) subjects." : ""
    guard !isComplete else {
      return "Complete: \(counted(total, "fold")), \(counted(clips, "clip"))." + subset
    }
    func list(_ title: String, _ names: [String]) -> String {
      guard !names.isEmpty else { return "" }
      return
        " \(title): \(names.prefix(10).joined(separator: ", "))\(names.count > 10 ? ", …" : "")."
    }
    return "PARTIAL: \(folds.count) of \(total) folds are finished; scores are of their "
      + "\(counted(clips, "clip")) alone." + list("Missing", missing.map(\.description))
      + list("Failed", failed.map { "\($0.task) (\($0.cause))" }) + subset
  }

  /// The scores as a table: a row for all clips and for each dataset.
  var tableRows: [[String]] {
    var rows = [["", "clips"]]
    for entry in scores {
      let label = entry.name.rawValue + (entry.name.isOptimistic ? " (optimistic)" : "")
      rows[0] += ["\(label) UF1", "UAR"]
    }
    let paper = standsBesideThePaper ? PublishedComposite.figures : [:]
    if !paper.isEmpty { rows[0] += ["paper UF1", "UAR"] }
    guard let first = scores.first else { return rows }
    for (index, part) in first.parts.enumerated() {
      var row = [Self.title(part.key), "\(part.scores.clips)"]
      for entry in scores {
        row += [entry.parts[index].scores.uf1, entry.parts[index].scores.uar].map(Self.figure)
      }
      if let figures = paper[part.key] {
        row += [Self.figure(figures.uf1), Self.figure(figures.uar)]
      }
      rows.append(row)
    }
    return rows
  }

  /// The table for a terminal, with what must be known to read it.
  public var text: String {
    let rows = tableRows
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }
    return ([headline, ""] + lines + ["", notes.joined(separator: "\n")]).joined(
      separator: "\n")
  }

  /// What the folds started from, if that was a file; nil: weights were drawn.
  private var startNote: String? {
    guard let digest = job.initialWeightsSHA256 else { return nil }
    let start =
      "Every fold started from the weights of a file (SHA-256 \(digest.prefix(12))…), "
    guard let persons = job.initialWeightsPersons,
      !persons.contains(LedgerRecord.JobStarted.unknownPersons)
    else {
      return start
        + "which does not say what it was trained on:\nif that was a test subject's clips too, no score "
        + "here leaves that subject out."
    }
    return start
      + "trained on \(counted(persons.count, "subject")), none of them a test subject."
  }

  private var notes: [String] {
    var notes = ["Scores are of the pooled predictions of all folds."]
    notes += job.protocols.map(\.note)
    if standsBesideThePaper {
      notes.append("The paper's figures are of \(PublishedComposite.selection.rawValue).")
    }
    if let startNote { notes.append(startNote) }
    return notes
  }

  var markdown: String {
    var lines = ["# Leave-one-subject-out report", "", headline, ""]
    lines += Self.table(tableRows)
    lines += [""] + notes + [""]
    for entry in scores {
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
    lines += Self.table(
      [["subject", "clips", "epochs", "last loss", "weights_sha256"]]
        + folds.map {
          [
            "\($0.task)", "\($0.clips.count)", "\($0.losses.count)",
            $0.losses.last.map { String(format: "%.4f", $0) } ?? "-",
            String($0.weightsSHA256.prefix(16)),
          ]
        })
    if !missing.isEmpty { lines += ["", "Missing: " + missing.named()] }
    for fold in failed { lines += ["", "Failed: \(fold.task), \(fold.cause)"] }
    return lines.joined(separator: "\n") + "\n"
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

  private static func figure(_ value: Double) -> String { String(format: "%.4f", value) }

  private static func title(_ key: String) -> String {
    key == "full" ? "Full" : PublishedComposite.datasets[key]?.title ?? key
  }
}
