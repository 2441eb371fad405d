import Evaluation
import Plots

/// What others have measured on the composite, where the run is of all of it.
extension ReportPage {
  var hasKnown: Bool { report.isOfTheComposite }

  /// Beside an honest protocol honest figures, beside the published selection the paper's; empty: none.
  func known(_ key: String, _ name: EvaluationProtocol) -> String {
    guard hasKnown else { return "" }
    if name == PublishedComposite.selection {
      return PublishedComposite.figures[key].map {
        "known elsewhere: HTNet’s paper \(Report.short($0.uf1)) (best-on-test)"
      } ?? ""
    }
    guard !name.isOptimistic else { return "" }
    let figures = PublishedComposite.honestFigures.compactMap { figure in
      figure.uf1[key].map { "\(figure.network) \(Report.short($0))" }
    }
    return "known elsewhere: " + figures.joined(separator: ", ")
  }

  func knownMarks(_ key: String) -> [(mark: RowPlot.Mark, value: Double)] {
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

  var knownLegend: [(shape: MarkShape, colour: Int, text: String)] {
    guard hasKnown else { return [] }
    return [(.triangle, 3, "others, without the leak")]
      + (report.standsBesideThePaper ? [(.diamond, 2, "HTNet’s paper, best-on-test")] : [])
  }

  var sources: Markup {
    let honest = PublishedComposite.honestFigures.map(\.network).joined(separator: " and ")
    return """
      <p class="small">\(honest): \(PublishedComposite.honestSource), pooled macro F1 without the leak, of their \
      own optical flow: a comparison and no check. The paper’s figures chose each epoch on its test subject, so \
      they stand beside <code>best-on-test</code> alone.</p>
      """
  }
}
