import Evaluation
import Plots
import Statistics
import Wording

/// What looking at the test labels adds.
extension ReportPage {
  var optimism: Section? {
    let with = report.trained.filter { $0.setting.optimism != nil }
    guard !with.isEmpty else { return nil }
    let body = eachSetting { place, setting in
      setting.optimism.map { optimism(place, $0) } ?? ""
    }
    return ("optimism", "What looking at test labels adds", body)
  }

  private func optimism(_ place: Int, _ optimism: Report.Optimism) -> Markup {
    let kinds: [(name: String, difference: (Report.Optimism.Part) -> Report.Difference)] = [
      ("best-on-test − last-epoch", { $0.whole }),
      ("of it: choosing for each \(report.unit)", { $0.selection }),
      ("of it: the best common epoch", { $0.commonEpoch }),
    ]
    var values = [0.0]
    let rows = optimism.parts.map { part in
      RowPlot.Row(
        Report.title(part.key),
        kinds.enumerated().map { index, kind in
          let difference = kind.difference(part)
          values += [difference.uf1, difference.intervals?.uf1.low, difference.intervals?.uf1.high]
            .compactMap { $0 }
          return [
            RowPlot.Mark(
              difference.uf1, interval: Self.range(difference.intervals?.uf1),
              colour: Self.colours[index], shape: Self.shapes[index],
              words: "\(kind.name): \(Self.signed(difference.uf1))")
          ]
        })
    }
    let figure = RowPlot(Axis("difference of UF1", around: values), rows: rows, rule: 0).figure(
      id: "optimism-\(place)", title: "Optimism and its parts",
      description: "Differences of UF1 with 95% intervals, all clips and each dataset.")
    let epochs = optimism.commonEpochs.map { "\($0)" }.joined(separator: ", ")
    return Self.paragraph(
      """
      <code>best-on-test</code> chooses each fold’s epoch by the labels of the very \(report.unit) that it \
      is tested on. The upper line is what that gains in all; the two below it add up to it: choosing for each \
      fold rather than once for all, and the best epoch for all folds together (epoch \(epochs)) rather than the last.
      """)
      + Self.plots([
        Self.plot(
          figure,
          caption: Self.legend(
            kinds.enumerated().map { (Self.shapes[$0], Self.colours[$0], $1.name) }),
          ["part"] + kinds.map(\.name),
          optimism.parts.map { part in
            ["\(Report.title(part.key))"]
              + kinds.map { kind in
                let difference = kind.difference(part)
                let ends =
                  difference.intervals.map {
                    " [\(Report.short($0.uf1.low)), \(Report.short($0.uf1.high))]"
                  } ?? ""
                return "\(Self.signed(difference.uf1) + ends)"
              }
          })
      ])
  }

  private static let colours = [2, 0, 1]
  private static let shapes: [MarkShape] = [.ring, .dot, .diamond]
}
