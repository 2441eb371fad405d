import Evaluation
import Plots
import Statistics
import Wording

/// What was taken for what.
extension ReportPage {
  var confusions: Section? {
    guard report.leader != nil else { return nil }
    let body = eachSetting { _, setting in
      let seeds = setting.shared.count
      let tables = report.job.protocols.enumerated().flatMap { place, name in
        setting.confusions(protocolAt: place).map { part in
          confusion("\(Report.title(part.key)), \(Report.label(name))", part.scores)
        }
      }
      return Self.paragraph(
        """
        Rows are the truth, columns the prediction; a cell is the darker the more of its row it holds.\
        \(seeds > 1 ? " Clips are counted once a seed: the sum over \(seeds) seeds." : "")
        """) + "<div class=\"plots\">\(tables.joined(by: "\n"))</div>"
    }
    return ("confusion", "What was taken for what", body)
  }

  private func confusion(_ caption: String, _ scores: Scores) -> Markup {
    let names = report.classNames
    let rows = names.enumerated().map { truth, name -> Markup in
      let support = max(scores.confusion.support(truth), 1)
      let cells = scores.confusion.counts[truth].enumerated().map { prediction, count -> Markup in
        let share = (Double(count) / Double(support) * 100).rounded() / 100
        return """
          <td class="heat\(prediction == truth ? " right" : "" as Markup)" \
          style="--s:\(decimals(share, 2))">\(count)</td>
          """
      }
      return """
        <tr><th scope="row">\(name)</th>\(cells.joined())\
        <td>\(scores.f1[truth].map(Report.short) ?? "–")</td>\
        <td>\(scores.recall[truth].map(Report.short) ?? "–")</td></tr>
        """
    }
    let titles = names.map { "<th scope=\"col\">\($0)</th>" as Markup }
    return """
      <div class="scroll matrix" tabindex="0" role="region" aria-label="\(caption)">
      <table class="confusion"><caption>\(caption)</caption>
      <thead><tr><th scope="col">truth</th>\(titles.joined())\
      <th scope="col" class="score">F1</th><th scope="col" class="score">recall</th></tr></thead>
      <tbody>\(rows.joined(by: "\n"))</tbody></table></div>
      """
  }
}
