import Plots
import Statistics
import Wording

/// Whether the model is as often right as it believes.
extension ReportPage {
  var confidence: Section? {
    guard report.leader != nil else { return nil }
    let body = eachSetting { place, setting in
      setting.calibration(protocolAt: report.shownPlace).map { calibration in
        confidence(
          place, calibration, overconfidence: setting.overconfidence(protocolAt: report.shownPlace),
          seeds: setting.shared.count)
      } ?? ""
    }
    return ("confidence", "Confidence", body)
  }

  /// Whether the model is too sure, as far as its subjects tell.
  private static func judgement(_ overconfidence: Interval?) -> String {
    guard let overconfidence else {
      return "whether the model is too sure cannot be told from so few subjects"
    }
    let ends = "\(signed(overconfidence.low)) to \(signed(overconfidence.high))"
    let interval = "(95% interval of the difference \(ends))"
    if overconfidence.low > 0 { return "the model is surer than it may be \(interval)" }
    if overconfidence.high < 0 { return "the model is less sure than it might be \(interval)" }
    return
      "whether it is too sure or not sure enough cannot be told from these subjects \(interval)"
  }

  private func confidence(
    _ place: Int, _ calibration: Calibration, overconfidence: Interval?, seeds: Int
  ) -> Markup {
    Self.paragraph(
      """
      Confidence is the probability (softmax) of the class that is predicted, by <code>\(report.shown.rawValue)\
      </code>. Its mean is \(Report.short(calibration.confidence)), and \
      \(Report.short(calibration.accuracy)) of the predictions are right: \
      \(Self.judgement(overconfidence)). The expected calibration error is \
      \(Report.short(calibration.error)), the mean distance of the two over \(calibration.bins.count) bins of \
      equal width.\
      \(seeds > 1 ? " The \(seeds) seeds’ predictions of one clip count as \(seeds)." : "")
      """)
      + Self.plots([reliability(place, calibration), histogram(place, calibration)])
  }

  private static func share(_ title: String) -> Axis { Axis(title, around: [0, 1], within: 0...1) }

  private func reliability(_ place: Int, _ calibration: Calibration) -> Markup {
    var plot = PlanePlot(x: Self.share("confidence"), y: Self.share("share that is right"))
    plot.line([(0, 0), (1, 1)], colour: 3, style: "dash")
    let full = calibration.bins.filter { $0.count > 0 }
    plot.line(full.map { ($0.confidence, $0.accuracy) }, colour: 0, style: "thick")
    for bin in full {
      plot.mark(
        (bin.confidence, bin.accuracy), colour: 0,
        radius: min(2.5 + Double(bin.count).squareRoot() / 4, 8),
        words: "confidence \(Report.short(bin.confidence)): \(Report.short(bin.accuracy)) of "
          + "\(bin.count) are right")
    }
    return Self.plot(
      plot.figure(
        id: "reliability-\(place)", title: "Reliability",
        description:
          "The share of right predictions against their mean confidence, by bin; on the dashed line "
          + "the two are equal."),
      caption:
        "Below the dashed line the model is too sure. The larger a mark, the more predictions.",
      ["confidence", "predictions", "mean confidence", "right"],
      calibration.bins.map { bin in
        [
          "\(decimals(bin.low, 1)) – \(decimals(bin.high, 1))", "\(bin.count)",
          bin.count > 0 ? "\(Report.short(bin.confidence))" : "–",
          bin.count > 0 ? "\(Report.short(bin.accuracy))" : "–",
        ]
      })
  }

  private func histogram(_ place: Int, _ calibration: Calibration) -> Markup {
    let most = calibration.bins.map(\.count).max() ?? 1
    var plot = PlanePlot(
      x: Self.share("confidence"), y: Axis("predictions", around: [0, Double(most)], about: 4))
    for bin in calibration.bins where bin.count > 0 {
      let wrong = bin.count - bin.right
      let ends = "\(decimals(bin.low, 1)) – \(decimals(bin.high, 1))"
      if bin.right > 0 {
        plot.bar(
          from: bin.low, to: bin.high, height: Double(bin.right), colour: 0,
          words: "\(ends): \(bin.right) right")
      }
      if wrong > 0 {
        plot.bar(
          from: bin.low, to: bin.high, above: Double(bin.right), height: Double(wrong), colour: 2,
          words: "\(ends): \(wrong) wrong")
      }
    }
    return Self.plot(
      plot.figure(
        id: "histogram-\(place)", title: "How sure it is",
        description:
          "How many predictions there are by confidence, right ones below and wrong ones above."),
      caption: "Right below, wrong on top."
        + Self.legend([(.dot, 0, "right"), (.dot, 2, "wrong")]),
      ["confidence", "right", "wrong"],
      calibration.bins.map { bin in
        [
          "\(decimals(bin.low, 1)) – \(decimals(bin.high, 1))", "\(bin.right)",
          "\(bin.count - bin.right)",
        ]
      })
  }
}
