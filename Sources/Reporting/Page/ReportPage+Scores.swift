import Evaluation
import Plots
import RunStore
import Statistics
import Wording

/// The headline: protocols by parts with intervals, each beside what is known elsewhere.
extension ReportPage {
  var scores: Section? {
    let trained = report.trained.filter { $0.setting.full(report.shown) != nil }
    guard !trained.isEmpty else { return nil }
    var body: Markup = ""
    if report.settings.count > 1 {
      body += Self.table(
        "Scores of all clips by setting, with 95% intervals",
        ["setting", "protocol", "clips", "UF1", "UAR"], report.settings.flatMap(overview))
    }
    body += eachSetting { place, setting in headline(place, setting) }
    return ("scores", "Scores", body)
  }

  private func overview(_ setting: Report.SettingScores) -> [[Markup]] {
    let same = setting.setting.sameAs.map { " (as \(report.settings[$0].setting.name))" } ?? ""
    return report.job.protocols.compactMap { name in
      setting.full(name).map { scores in
        ["\(setting.setting.name + same)", "\(Report.label(name))"] + Self.cells(scores)
      }
    }
  }

  private static func cells(_ scores: MeanScores) -> [Markup] {
    [
      "\(scores.clips)",
      cell(scores.uf1.mean, scores.intervals?.uf1, deviation: scores.uf1.deviation),
      cell(scores.uar.mean, scores.intervals?.uar, deviation: scores.uar.deviation),
    ]
  }

  private func headline(_ place: Int, _ setting: Report.SettingScores) -> Markup {
    let parts = setting.means(of: report.shown).map(\.key)
    var rows: [[Markup]] = []
    var plotted: [RowPlot.Row] = []
    var values: [Double] = []
    for key in parts {
      var lanes: [[RowPlot.Mark]] = []
      for name in report.job.protocols {
        guard let scores = setting.means(of: name).first(where: { $0.key == key })?.scores else {
          continue
        }
        rows.append(
          ["\(Report.title(key))", "\(Report.label(name))"] + Self.cells(scores)
            + (hasKnown ? [known(key, name)] : []))
        lanes.append([
          .init(
            scores.uf1.mean, interval: Self.range(scores.intervals?.uf1),
            colour: Self.colour(name), shape: Self.shape(name),
            words: "\(Report.label(name)): \(Report.short(scores.uf1.mean))")
        ])
        values += [scores.uf1.mean, scores.intervals?.uf1.low, scores.intervals?.uf1.high]
          .compactMap { $0 }
      }
      let others = knownMarks(key)
      if !others.isEmpty { lanes.append(others.map(\.mark)) }
      values += others.map(\.value)
      plotted.append(.init(Report.title(key), lanes))
    }
    if let ensemble = setting.ensemble {
      for scores in ensemble.scores {
        guard let full = scores["full"] else { continue }
        rows.append(
          [
            "Ensemble of the seeds", "\(Report.label(scores.name))", "\(full.scores.clips)",
            Self.cell(full.scores.uf1, full.intervals?.uf1),
            Self.cell(full.scores.uar, full.intervals?.uar),
          ] + (hasKnown ? [""] : []))
      }
    }
    let figure = RowPlot(
      Axis("UF1", around: values, within: 0...1), rows: plotted,
      width: 2 * Figure.standardWidth / 1.6
    ).figure(
      id: "scores-\(place)", title: "UF1 and its 95% interval",
      description:
        "A row for all clips and for each dataset; the table beside it has the same figures.")
    let table = Self.table(
      "Scores of pooled predictions, with 95% intervals",
      ["part", "protocol", "clips", "UF1", "UAR"] + (hasKnown ? ["UF1 known elsewhere"] : []), rows,
      style: "wide")
    return """
      <div class="headline">
      \(table)
      <figure>\(figure.svg)<figcaption><strong>\(figure.title).</strong> By part and protocol.\
      \(Self.legend(protocolLegend + knownLegend))</figcaption></figure>
      </div>
      \(hasKnown ? sources : "")
      """
  }

  // MARK: - What is known elsewhere

  private var hasKnown: Bool { report.isOfTheComposite }

  /// Beside an honest protocol honest figures, beside the published selection the paper's.
  private func known(_ key: String, _ name: EvaluationProtocol) -> Markup {
    if name == PublishedComposite.selection {
      return PublishedComposite.figures[key].map {
        "HTNet\u{2019}s paper \(Report.short($0.uf1)) (best-on-test)"
      } ?? ""
    }
    guard !name.isOptimistic else { return "" }
    let figures = PublishedComposite.honestFigures.compactMap { figure in
      figure.uf1[key].map { "\(figure.network) \(Report.short($0))" }
    }
    return "\(figures.joined(separator: ", "))"
  }

  private func knownMarks(_ key: String) -> [(mark: RowPlot.Mark, value: Double)] {
    guard hasKnown else { return [] }
    let honest: [(RowPlot.Mark, Double)] = PublishedComposite.honestFigures.compactMap { figure in
      figure.uf1[key].map {
        (
          .init($0, colour: 3, shape: .triangle, words: "\(figure.network): \(Report.short($0))"),
          $0
        )
      }
    }
    let paper: [(RowPlot.Mark, Double)] =
      report.standsBesideThePaper
      ? PublishedComposite.figures[key].map {
        [
          (
            .init($0.uf1, colour: 2, shape: .diamond, words: "the paper: \(Report.short($0.uf1))"),
            $0.uf1
          )
        ]
      } ?? [] : []
    return honest + paper
  }

  private var knownLegend: [(shape: MarkShape, colour: Int, text: String)] {
    guard hasKnown else { return [] }
    return [(.triangle, 3, "others, without the leak")]
      + (report.standsBesideThePaper ? [(.diamond, 2, "HTNet’s paper, best-on-test")] : [])
  }

  private var sources: Markup {
    let honest = PublishedComposite.honestFigures.map(\.network).joined(separator: " and ")
    return """
      <p class="small">\(honest): \(PublishedComposite.honestSource), pooled macro F1 without the leak, of their \
      own optical flow: a comparison and no check. The paper’s figures chose each epoch on its test subject, so \
      they stand beside <code>best-on-test</code> alone.</p>
      """
  }
}
