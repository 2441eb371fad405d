import Plots
import Statistics
import Wording

/// Who is recognised, and who is not.
extension ReportPage {
  /// Subjects that a plot has rows for.
  private static let mostSubjects = 60

  var subjects: Section? {
    guard report.leader != nil else { return nil }
    let body = eachSetting { place, setting in
      let shares = setting.subjectShares(protocols: report.job.protocols.count)
      let datasets = Dictionary(grouping: shares, by: \.subject.dataset).sorted { $0.key < $1.key }
      return Self.paragraph(
        """
        The share of each subject’s clips that is right, the lowest first; the larger a mark, the more clips.\
        \(setting.shared.count > 1 ? " Means over the seeds." : "")
        """) + Self.legend(protocolLegend)
        + Self.plots(
          datasets.enumerated().map { index, dataset in
            subjects(id: "subjects-\(place)-\(index)", dataset.key, dataset.value)
          })
    }
    return ("subjects", "Scores by subject", body)
  }

  private func subjects(id: String, _ dataset: String, _ shares: [SubjectShare]) -> Markup {
    let shown = report.shownPlace
    let sorted = shares.sorted {
      ($0.right[shown], $0.subject) < ($1.right[shown], $1.subject)
    }
    let rows = sorted.prefix(Self.mostSubjects).map { share in
      RowPlot.Row(
        share.subject.name,
        [
          // The shown protocol lies above the others.
          report.job.protocols.enumerated().sorted { $1.offset == shown && $0.offset != shown }.map
          {
            place, name in
            RowPlot.Mark(
              share.right[place], colour: Self.colour(name), shape: Self.shape(name),
              radius: min(2.5 + Double(share.clips).squareRoot() / 2, 6),
              words: "\(share.subject.name), \(Report.label(name)): "
                + "\(Self.percent(share.right[place])) of \(counted(share.clips, "clip"))")
          }
        ])
    }
    let title = Report.title(dataset.lowercased())
    let left = sorted.count - rows.count
    let figure = RowPlot(
      Axis("share of clips that is right", around: [0, 1], within: 0...1), rows: rows
    )
    .figure(
      id: id, title: "Subjects of \(title)",
      description:
        "\(counted(sorted.count, "subject")) of \(title), each with the share of its clips "
        + "that each protocol has right.")
    return Self.plot(
      figure,
      caption: left > 0
        ? "The \(rows.count) lowest; the table has all \(sorted.count)."
        : "\(counted(sorted.count, "subject")).",
      ["subject", "clips"] + report.job.protocols.map(Report.label),
      sorted.map { share in
        ["\(share.subject.name)", "\(share.clips)"] + share.right.map { "\(Self.percent($0))" }
      })
  }
}
