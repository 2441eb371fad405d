import Evaluation
import RunStore
import Statistics
import Wording

/// The report's scores as tables of LaTeX: a row a part of the clips, in blocks by protocol; of a study a table a
/// protocol, in blocks by setting.
extension Report {
  /// `report.tex`.
  var tex: String {
    let tables: [TeXTable] =
      settings.count > 1
      ? job.protocols.map { name in
        texTable(
          [name], label: "tab:htnet-\(name.rawValue)",
          settings.map { texBlock($0, name, TeXTable.name($0.setting.name)) } + chosenBlocks(name))
      }
      : [
        texTable(
          job.protocols, label: "tab:htnet",
          job.protocols.map { texBlock(settings[0], $0, Self.texLabel($0)) })
      ]
    let packages =
      "% Tables for \\input. They need \\usepackage{booktabs} and \\usepackage{tabularx}."
    let notices = warnings.map { "% Warning: \(Self.line($0))" }
    return ([packages] + notices + tables.flatMap(\.pages).map(\.text)).joined(separator: "\n")
      + "\n"
  }

  private func texTable(
    _ names: [EvaluationProtocol], label: String, _ blocks: [TeXTable.Block]
  ) -> TeXTable {
    let paper = standsBesideThePaper && names.contains(PublishedComposite.selection)
    return TeXTable(
      label: label, caption: caption(names), protocols: Self.texLabels(names),
      header: ["", "clips"] + ["UF1", "UAR"].flatMap { [$0, "95\\% interval"] },
      blocks: blocks + (paper ? [paperBlock] : []))
  }

  /// A setting's scores by a protocol, and those of its ensemble or of seeds that stand by themselves.
  private func texBlock(
    _ setting: SettingScores, _ name: EvaluationProtocol, _ title: String
  ) -> TeXTable.Block {
    let means = Self.meanRows(setting.means(of: name))
    func full(_ title: String, _ scores: [ProtocolScores]) -> [[String]] {
      guard let part = scores.first(where: { $0.name == name })?["full"] else { return [] }
      return [
        Self.texRow(
          title, clips: part.scores.clips, Self.figure(part.scores.uf1),
          Self.figure(part.scores.uar),
          part.intervals)
      ]
    }
    var rows = means.isEmpty ? [Self.texRow("Full", clips: 0, "--", "--", nil)] : means
    if let ensemble = setting.ensemble { rows += full("Full, ensemble", ensemble.scores) }
    for seed in setting.alone {
      let name = seed.seed.map { "\($0)" } ?? "unknown"
      rows += full("Full, seed \(name) alone", seed.scores)
    }
    return TeXTable.Block(title: title, rows: rows)
  }

  /// The scores of settings that were chosen without the test subjects.
  private func chosenBlocks(_ name: EvaluationProtocol) -> [TeXTable.Block] {
    guard name == .nested, let chosenSettings else { return [] }
    return [.init(title: Self.chosen.tex, rows: Self.meanRows(chosenSettings.scores))]
  }

  private var paperBlock: TeXTable.Block {
    let means = settings.first?.means(of: PublishedComposite.selection) ?? []
    return TeXTable.Block(
      title: "the paper (\(Self.texLabel(PublishedComposite.selection)))",
      rows: Self.ordered(means).compactMap { key, scores in
        PublishedComposite.figures[key].map {
          Self.texRow(
            Self.title(key).tex, clips: scores.clips, Self.figure($0.uf1), Self.figure($0.uar), nil)
        }
      })
  }

  /// `full` and the datasets as in the paper, then others.
  private static func ordered(
    _ means: [(key: String, scores: MeanScores)]
  ) -> [(key: String, scores: MeanScores)] {
    let known = ["full", "smic", "casme2", "samm"]
    return known.compactMap { key in means.first { $0.key == key } }
      + means.filter { !known.contains($0.key) }
  }

  private static func meanRows(_ means: [(key: String, scores: MeanScores)]) -> [[String]] {
    ordered(means).map { key, scores in
      texRow(
        TeXTable.name(title(key)), clips: scores.clips, texFigure(scores.uf1),
        texFigure(scores.uar),
        scores.intervals)
    }
  }

  private static func texRow(
    _ title: String, clips: Int, _ uf1: String, _ uar: String, _ intervals: ScoreIntervals?
  ) -> [String] {
    let ends = [intervals?.uf1, intervals?.uar].map { $0.map { interval($0).tex } ?? "--" }
    return [title, "\(clips)", uf1, ends[0], uar, ends[1]]
  }

  private static func texFigure(_ spread: Spread) -> String {
    figure(spread.mean) + (spread.deviation.map { " $\\pm$ " + figure($0) } ?? "")
  }
}
