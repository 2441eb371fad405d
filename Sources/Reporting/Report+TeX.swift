import Evaluation
import RunStore
import Statistics
import Wording

/// The report's scores as a table of LaTeX: a row a protocol, or of a study a row a setting under each protocol.
extension Report {
  /// `report.tex`.
  var tex: String {
    let parts = partKeys
    // Of scores alone, all on one side.
    let columns = "l" + String(repeating: "cc", count: parts.count)
    let titles = parts.map { "\\multicolumn{2}{c}{\(Self.title($0).tex)}" }
    let rules = parts.indices.map { "\\cmidrule(lr){\(2 * $0 + 2)-\(2 * $0 + 3)}" }
    var lines = [
      "% A table for \\input. It needs \\usepackage{booktabs} and \\usepackage{graphicx}.",
      "\\begin{table}", "  \\centering", "  \\caption{\(caption)}", "  \\vskip 6pt",
      "  % Never wider than the text.",
      "  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%",
      "  \\begin{tabular}{\(columns)}", "    \\toprule",
      "    & " + titles.joined(separator: " & ") + " \\\\",
      "    " + rules.joined(separator: " "),
      "    " + Self.row([""] + parts.flatMap { _ in ["UF1", "UAR"] }), "    \\midrule",
    ]
    for (place, name) in job.protocols.enumerated() {
      if settings.count > 1 {
        if place > 0 { lines.append("    \\midrule") }
        lines.append(
          "    \\multicolumn{\(2 * parts.count + 1)}{l}{\\emph{\(Self.texLabel(name))}} \\\\")
      }
      for setting in settings { lines += texRows(setting, name, parts).map { "    " + $0 } }
      if name == .nested { lines += chosenRows(parts).map { "    " + $0 } }
    }
    if standsBesideThePaper {
      lines += ["    \\midrule", "    " + paperRow(parts)]
    }
    lines += ["    \\bottomrule", "  \\end{tabular}}", "\\end{table}"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// `full`, and each dataset that is scored, as in the paper.
  private var partKeys: [String] {
    let keys = settings.flatMap { setting in
      job.protocols.first.map { setting.means(of: $0).map(\.key) } ?? []
    }
    var parts = ["full"]
    for key in keys where !parts.contains(key) { parts.append(key) }
    let known = ["full", "smic", "casme2", "samm"]
    return known.filter(parts.contains) + parts.filter { !known.contains($0) }
  }

  /// A setting's scores by a protocol, their intervals below, and the same of the ensemble.
  private func texRows(
    _ setting: SettingScores, _ name: EvaluationProtocol, _ parts: [String]
  ) -> [String] {
    let means = setting.means(of: name)
    let title =
      settings.count > 1
      ? setting.setting.name.tex + clipsNote(means) : Self.texLabel(name)
    let rows = Self.meanRows(title, means, parts)
    guard let ensemble = setting.ensemble?.scores.first(where: { $0.name == name }) else {
      return rows
    }
    let its = parts.map { ensemble[$0] }
    let row = Self.row(
      ["\\quad ensemble of \(setting.seeds.count) seeds"]
        + its.flatMap { part in
          [part?.scores.uf1, part?.scores.uar].map { $0.map(Self.figure) ?? "--" }
        })
    return rows + [row] + Self.intervals(its.map { $0?.intervals })
  }

  /// The scores of settings that were chosen without the test subjects.
  private func chosenRows(_ parts: [String]) -> [String] {
    chosenSettings.map {
      Self.meanRows(Self.chosen.tex + clipsNote($0.scores), $0.scores, parts)
    } ?? []
  }

  /// Whether settings have finished different folds, so that their rows are of different clips.
  private var isUneven: Bool {
    Set(settings.map { Set($0.clips.map(\.fold)) }).count > 1
  }

  /// How many clips a row is of, where rows differ.
  private func clipsNote(_ means: [(key: String, scores: MeanScores)]) -> String {
    guard isUneven else { return "" }
    let full = means.first { $0.key == "full" }?.scores
    return " (\(counted(full?.clips ?? 0, "clip")))"
  }

  /// Means over seeds by part, and their intervals below.
  private static func meanRows(
    _ title: String, _ means: [(key: String, scores: MeanScores)], _ parts: [String]
  ) -> [String] {
    let own = parts.map { key in means.first { $0.key == key }?.scores }
    let cells = own.flatMap { scores in
      [scores?.uf1, scores?.uar].map { $0.map(texFigure) ?? "--" }
    }
    return [row([title] + cells)] + intervals(own.map { $0?.intervals })
  }

  private func paperRow(_ parts: [String]) -> String {
    Self.row(
      ["the paper (\(Self.texLabel(PublishedComposite.selection)))"]
        + parts.flatMap { key in
          PublishedComposite.figures[key].map { [Self.figure($0.uf1), Self.figure($0.uar)] }
            ?? ["--", "--"]
        })
  }

  /// What is scored, over which seeds, and how to read the rest.
  private var caption: String {
    let clips = isUneven ? "different clips" : counted(settings.first?.clips.count ?? 0, "clip")
    var sentences = ["Leave-one-\(unit)-out scores of the pooled predictions of \(clips)."]
    if isUneven {
      sentences.append(
        "Each setting's row is of the folds that it has finished, and no two of different clips can be "
          + "compared.")
    }
    if let subsetNote { sentences.append(subsetNote) }
    if !isComplete {
      let finished = job.tasks.count - missing.count - failed.count
      sentences.append(
        "Partial: \(finished) of \(counted(job.tasks.count, "training")) are finished, and only folds "
          + "count whose trainings all are.")
    }
    let seeds = settings.first?.seeds.compactMap(\.seed).map { "\($0)" } ?? []
    if seeds.count > 1 {
      sentences.append(
        "Means over the seeds \(seeds.joined(separator: ", ")), ± the standard deviation over seeds; "
          + "an ensemble is the mean of the seeds' probabilities.")
    } else if let seed = seeds.first {
      sentences.append("One training of each fold, seed \(seed).")
    }
    let parts = settings.flatMap { $0.means.values.flatMap { $0 } }
    if parts.contains(where: { $0.scores.intervals != nil }) {
      sentences.append(
        "In brackets intervals of 95%: percentiles of \(SubjectDraws.standardCount) bootstrap draws of "
          + "subjects within each dataset.")
    }
    var text = sentences.joined(separator: " ").tex
    if job.protocols.contains(where: \.isOptimistic) {
      text +=
        " \(Self.mark) Optimistic: chooses each fold's epoch by the scores of its own test "
        + "\(unit).".tex
    }
    if standsBesideThePaper {
      text += " " + "The paper's figures are of \(PublishedComposite.selection.rawValue) too.".tex
    }
    return text
  }

  /// Marks what has seen the test subjects.
  private static let mark = "$^\\dagger$"

  private static func texLabel(_ name: EvaluationProtocol) -> String {
    name.rawValue.tex + (name.isOptimistic ? mark : "")
  }

  private static func texFigure(_ spread: Spread) -> String {
    figure(spread.mean)
      + (spread.deviation.map { "{\\scriptsize\\,$\\pm$\\,\(figure($0))}" } ?? "")
  }

  /// A line of its own below the scores; none where no part has intervals.
  private static func intervals(_ intervals: [ScoreIntervals?]) -> [String] {
    guard intervals.contains(where: { $0 != nil }) else { return [] }
    let cells = intervals.flatMap { part in
      [part?.uf1, part?.uar].map { $0.map { "{\\scriptsize \(interval($0))}" } ?? "" }
    }
    return [row([""] + cells)]
  }

  private static func row(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\" }
}
