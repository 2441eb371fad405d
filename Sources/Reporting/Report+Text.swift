import Evaluation
import Foundation
import RunStore
import Tasks
import Wording

extension Report {
  /// The state of the run in a sentence or two.
  var headline: String {
    let folds = job.splits.count
    let all = Set(job.clips.map(\.fold)).count
    let subset =
      folds < all ? " The run trains \(folds) of \(counted(all, "fold"))." : ""
    let clips = job.clips.count { job.splits.contains($0.fold) }
    guard !isComplete else {
      let trained = settings.count { $0.setting.sameAs == nil }
      let factors = [(trained, "setting"), (job.allSeeds.count, "seed")].filter { $0.0 > 1 }
        .map { " × " + counted($0.0, $0.1) }.joined()
      return "Complete: \(counted(folds, "fold"))\(factors), \(counted(clips, "clip"))." + subset
    }
    func list(_ title: String, _ names: [String]) -> String {
      guard !names.isEmpty else { return "" }
      return
        " \(title): \(names.prefix(10).joined(separator: ", "))\(names.count > 10 ? ", …" : "")."
    }
    let finished = job.tasks.count - missing.count - failed.count
    let of =
      job.tasks.count > folds
      ? "\(finished) of \(job.tasks.count) trainings are finished; scores are of the folds whose "
        + "trainings all are"
      : "\(finished) of \(folds) folds are finished; scores are of their "
        + "\(counted(only?.rows.count ?? 0, "clip")) alone"
    return "PARTIAL: \(of)." + list("Missing", missing.map(\.description))
      + list("Failed", failed.map { "\($0.task) (\($0.cause))" }) + subset
  }

  /// What a fold leaves out.
  var unit: String {
    switch job.splitsBy {
    case "dataset": "dataset"
    case "groups": "group"
    default: "subject"
    }
  }

  /// The paper's figures where they are of what this run is of.
  private var paper: [String: (uf1: Double, uar: Double)] {
    standsBesideThePaper ? PublishedComposite.figures : [:]
  }

  func header(_ first: [String]) -> [String] {
    first
      + job.protocols.flatMap {
        ["\($0.rawValue + ($0.isOptimistic ? " (optimistic)" : "")) UF1", "UAR"]
      } + (paper.isEmpty ? [] : ["paper UF1", "UAR"])
  }

  private func paperCells(_ part: String) -> [String] {
    guard !paper.isEmpty else { return [] }
    return paper[part].map { [Self.figure($0.uf1), Self.figure($0.uar)] } ?? ["", ""]
  }

  /// A setting's scores: a row for all clips and for each dataset.
  func tableRows(_ setting: SettingScores) -> [[String]] {
    let means = job.protocols.map(setting.means)
    guard let firsts = means.first, !firsts.isEmpty else {
      return [
        header(["", "clips"]), ["Full", "0"] + job.protocols.flatMap { _ in Self.cells(nil) },
      ]
    }
    return [header(["", "clips"])]
      + firsts.map { key, first in
        [Self.title(key), "\(first.clips)"]
          + means.flatMap { parts in
            Self.cells(parts.first { $0.key == key }?.scores)
          } + paperCells(key)
      }
  }

  /// One protocol's scores of all clips: a row for each setting.
  private func overviewRows(_ name: EvaluationProtocol) -> [[String]] {
    let isPublished = name == PublishedComposite.selection && !paper.isEmpty
    let title = name.rawValue + (name.isOptimistic ? " (optimistic)" : "")
    return [[title, "clips", "UF1", "UAR"]]
      + settings.map { setting in
        let full = setting.means(of: name).first { $0.key == "full" }?.scores
        return [Self.name(setting, among: settings), "\(full?.clips ?? 0)"] + Self.cells(full)
      } + (isPublished ? [["the paper", ""] + paperCells("full")] : [])
  }

  /// A setting's name, and whose trainings are its too.
  private static func name(_ setting: SettingScores, among settings: [SettingScores]) -> String {
    setting.setting.name
      + (setting.setting.sameAs.map { " (as \(settings[$0].setting.name))" } ?? "")
  }

  /// The scores of all clips: a row for each setting.
  var overviewRows: [[String]] {
    [header(["setting", "clips"])]
      + settings.map { setting in
        let full = job.protocols.map { setting.means(of: $0).first { $0.key == "full" }?.scores }
        return [
          Self.name(setting, among: settings), (full.first ?? nil).map { "\($0.clips)" } ?? "0",
        ]
          + full.flatMap(Self.cells) + paperCells("full")
      }
  }

  private static func cells(_ scores: MeanScores?) -> [String] {
    guard let scores else { return ["-", "-"] }
    guard let deviations = scores.deviations else {
      return [figure(scores.uf1), figure(scores.uar)]
    }
    return [
      "\(figure(scores.uf1)) ± \(figure(deviations.uf1))",
      "\(figure(scores.uar)) ± \(figure(deviations.uar))",
    ]
  }

  /// The table for a terminal, with what must be known to read it.
  public var text: String {
    // A study's names are long, so each protocol has a table of its own.
    let tables = settings.count > 1 ? job.protocols.map(overviewRows) : [tableRows(settings[0])]
    return ([headline] + tables.map(Self.columns) + [notes.joined(separator: "\n")])
      .joined(separator: "\n\n")
  }

  /// Rows with aligned columns; the first to the left.
  private static func columns(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
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

  /// What the means are over.
  private var meanNotes: [String] {
    let seeds = job.allSeeds.count
    guard seeds > 1 else { return [] }
    let listed = job.seeds?.map { "\($0)" }.joined(separator: ", ") ?? ""
    let means = "They are means over the \(seeds) seeds \(listed), ± the standard deviation"
    guard !isComplete else { return [means + "."] }
    let counts = settings.filter { $0.setting.sameAs == nil }.map { $0.shared[0].folds.count }
    guard counts.contains(where: { $0 > 0 }) else {
      return ["No fold is finished with every one of the \(seeds) seeds, so there are no means."]
    }
    let folds = job.splits.count
    return [
      means + ", of the folds alone that are finished with every seed"
        + (counts.count == 1 ? ": \(counts[0]) of \(folds)." : "; the column clips counts theirs.")
    ]
  }

  /// For how many folds a protocol has not got the epoch that it chose.
  private var cutNotes: [String] {
    let folds = settings.filter { $0.setting.sameAs == nil }.flatMap(\.seeds).flatMap(\.results)
    return job.protocols.compactMap { name in
      let cut = folds.count { $0.cut.contains(name) }
      guard cut > 0 else { return nil }
      return
        "For \(cut) of \(counted(folds.count, "fold")) \(name.rawValue) chose an epoch that the fold's "
        + "own training, which ended early, does not have: its last one is scored."
    }
  }

  var notes: [String] {
    var notes = ["Scores are of the pooled predictions of all folds."]
    notes += meanNotes
    notes += job.protocols.map(\.note)
    notes += cutNotes
    if standsBesideThePaper {
      notes.append("The paper's figures are of \(PublishedComposite.selection.rawValue).")
    }
    if let startNote { notes.append(startNote) }
    return notes
  }

  static func figure(_ value: Double) -> String { String(format: "%.4f", value) }

  static func title(_ key: String) -> String {
    key == "full" ? "Full" : PublishedComposite.datasets[key]?.title ?? key
  }
}
