import Evaluation
import Plots
import RunStore
import Statistics
import Wording

/// The headline: protocols by parts with intervals, each beside what is known elsewhere.
extension ReportPage {
  var scores: Section? {
    let trained = report.trained.filter { $0.setting.full(report.shown) != nil }
    var body: Markup = alone
    guard !trained.isEmpty else {
      if body == "" { return nil }
      return ("scores", "Scores", body)
    }
    if report.settings.count > 1 {
      body += uneven
      body += Self.table(
        "Scores of all clips by setting, with 95% intervals",
        ["setting", "protocol", "clips", "UF1", "UAR"], report.settings.flatMap(overview) + chosen)
    }
    body += eachSetting { place, setting in headline(place, setting) }
    return ("scores", "Scores", body)
  }

  /// Seeds that stand by themselves, since others of their setting are not complete.
  private var alone: Markup {
    guard let header = report.aloneRows.first else { return "" }
    return Self.table(
      "Seeds that are complete, each by itself", header,
      report.aloneRows.dropFirst().map { row in row.map { "\($0)" as Markup } })
  }

  private func overview(_ setting: Report.SettingScores) -> [[Markup]] {
    let same = setting.setting.sameAs.map { " (as \(report.settings[$0].setting.name))" } ?? ""
    return report.job.protocols.compactMap { name in
      setting.full(name).map { scores in
        ["\(setting.setting.name + same)", "\(Report.label(name))"] + Self.cells(scores)
      }
    }
  }

  /// The score whose setting nobody chose by test subjects.
  private var chosen: [[Markup]] {
    guard let full = report.chosenSettings?.full else { return [] }
    return [["\(Report.chosen)", "\(Report.label(.nested))"] + Self.cells(full)]
  }

  private static func cells(_ scores: MeanScores) -> [Markup] {
    [
      "\(scores.clips)",
      cell(scores.uf1.mean, scores.intervals?.uf1, deviation: scores.uf1.deviation),
      cell(scores.uar.mean, scores.intervals?.uar, deviation: scores.uar.deviation),
    ]
  }

  private func headline(_ place: Int, _ setting: Report.SettingScores) -> Markup {
    let figure = scorePlot(place, setting)
    return """
      <div class="headline">
      \(scoreTable(setting))
      <figure>\(figure.svg)<figcaption><strong>\(figure.title).</strong> By part and protocol.\
      \(Self.legend(protocolLegend + knownLegend))</figcaption></figure>
      </div>
      \(hasKnown ? sources : "")
      """
  }

  /// Each part with its protocols below one another, and below each what is known elsewhere.
  private func scoreTable(_ setting: Report.SettingScores) -> Markup {
    let parts = setting.means(of: report.shown)
    var groups = parts.map { key, scores in
      Self.group(
        "\(Report.title(key)), \(counted(scores.clips, "clip"))",
        report.job.protocols.compactMap { name in
          setting.means(of: name).first { $0.key == key }.map { part in
            scoreRow(name, Array(Self.cells(part.scores).dropFirst()), known: known(key, name))
          }
        })
    }
    if let ensemble = setting.ensemble {
      groups.append(
        Self.group(
          "Ensemble of the seeds, \(counted(ensemble.rows.count, "clip"))",
          ensemble.scores.compactMap { scores in
            scores["full"].map { full in
              let cells = [
                Self.cell(full.scores.uf1, full.intervals?.uf1),
                Self.cell(full.scores.uar, full.intervals?.uar),
              ]
              return scoreRow(scores.name, cells, known: "")
            }
          }))
    }
    let caption = "Scores of pooled predictions, with 95% intervals"
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)">
      <table class="parts"><caption>\(caption)</caption>
      <thead><tr><th scope="col">protocol</th><th scope="col">UF1</th><th scope="col">UAR</th></tr></thead>
      \(groups.joined(by: "\n"))</table></div>
      """
  }

  private static func group(_ title: String, _ rows: [Markup]) -> Markup {
    """
    <tbody><tr><th scope="rowgroup" colspan="3">\(title)</th></tr>
    \(rows.joined(by: "\n"))</tbody>
    """
  }

  private func scoreRow(_ name: EvaluationProtocol, _ cells: [Markup], known: String) -> Markup {
    let isBeside = !known.isEmpty
    let below: Markup = isBeside ? "<tr><td class=\"known\" colspan=\"3\">\(known)</td></tr>" : ""
    let row = cells.map { "<td>\($0)</td>" as Markup }.joined()
    return """
      <tr class="\(isBeside ? "with" : "alone")"><th scope="row">\(Report.label(name))</th>\(row)</tr>\(below)
      """
  }

  private func scorePlot(_ place: Int, _ setting: Report.SettingScores) -> Figure {
    var values: [Double] = []
    let rows = setting.means(of: report.shown).map { key, _ -> RowPlot.Row in
      var lanes: [[RowPlot.Mark]] = []
      for name in report.job.protocols {
        guard let scores = setting.means(of: name).first(where: { $0.key == key })?.scores else {
          continue
        }
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
      return RowPlot.Row(Report.title(key), lanes)
    }
    return RowPlot(Axis("UF1", around: values, within: 0...1), rows: rows, width: 420).figure(
      id: "scores-\(place)", title: "UF1 and its 95% interval",
      description:
        "A row for all clips and for each dataset; the table beside it has the same figures.")
  }
}
