import Evaluation
import Plots
import Statistics

/// What the page's sections are made of.
extension ReportPage {
  /// A table whose first column names its rows.
  static func table(_ caption: String, _ header: [String], _ rows: [[Markup]], style: String = "")
    -> Markup
  {
    let titles = header.map { "<th scope=\"col\">\($0)</th>" as Markup }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)">
      <table class="\(style)"><caption>\(caption)</caption>
      <thead><tr>\(titles.joined())</tr></thead>
      <tbody>\(rows.map(row).joined(by: "\n"))</tbody></table></div>
      """
  }

  private static func row(_ cells: [Markup]) -> Markup {
    let first = cells.first.map { "<th scope=\"row\">\($0)</th>" as Markup } ?? ""
    let others = cells.dropFirst().map { "<td>\($0)</td>" as Markup }
    return "<tr>\(first)\(others.joined())</tr>"
  }

  /// A plot with its words, and its figures as a table that opens.
  static func plot(_ figure: Figure, caption: Markup, _ header: [String], _ rows: [[Markup]])
    -> Markup
  {
    """
    <figure>
    \(figure.svg)
    <figcaption><strong>\(figure.title).</strong> \(caption)</figcaption>
    <details><summary>Figures of “\(figure.title)” as a table</summary>
    \(table(figure.title, header, rows))
    </details>
    </figure>
    """
  }

  static func plots(_ figures: [Markup]) -> Markup {
    "<div class=\"plots\">\(figures.joined(by: "\n"))</div>"
  }

  static func paragraph(_ text: Markup) -> Markup { "<p>\(text)</p>" }

  /// That settings' scores are of different clips; empty: they are of the same.
  var uneven: Markup { report.unevenNote.map { Self.paragraph("\($0)") } ?? "" }

  /// What colours and shapes mean.
  static func legend(_ entries: [(shape: MarkShape, colour: Int, text: String)]) -> Markup {
    let items = entries.map {
      "<li>\($0.shape.key(colour: $0.colour)) \($0.text)</li>" as Markup
    }
    return "<ul class=\"legend\">\(items.joined())</ul>"
  }

  /// The content for each setting that was trained, under its name where there are several; that of the
  /// leader is open.
  func eachSetting(_ content: (Int, Report.SettingScores) -> Markup) -> Markup {
    let trained = report.trained
    guard trained.count > 1 else {
      return trained.map { content($0.place, $0.setting) }.joined()
    }
    let leader = report.leader?.setting.setting.name
    return trained.map { place, setting -> Markup in
      let isOpen: Markup = setting.setting.name == leader ? " open" : ""
      let body =
        setting.full(report.shown) == nil
        ? Self.paragraph("No fold of it is finished with every seed.") : content(place, setting)
      return """
        <details class="setting"\(isOpen)>\
        <summary><h3>\(setting.setting.name)</h3></summary>
        \(body)
        </details>
        """
    }.joined(by: "\n")
  }

  // MARK: - Cells

  static func colour(_ name: EvaluationProtocol) -> Int {
    switch name {
    case .lastEpoch: 0
    case .nested: 1
    case .bestOnTest: 2
    }
  }

  static func shape(_ name: EvaluationProtocol) -> MarkShape { name.isOptimistic ? .ring : .dot }

  var protocolLegend: [(shape: MarkShape, colour: Int, text: String)] {
    report.job.protocols.map { (Self.shape($0), Self.colour($0), Report.label($0)) }
  }

  static func range(_ interval: Interval?) -> ClosedRange<Double>? {
    interval.map { $0.low...max($0.low, $0.high) }
  }

  /// A number with its interval below it, which may break a line.
  static func cell(_ value: Double, _ interval: Interval?, deviation: Double? = nil) -> Markup {
    let spread = deviation.map { " ± \(Report.short($0))" } ?? ""
    let ends =
      interval.map { "[\(Report.short($0.low)), \(Report.short($0.high))]" } ?? "no interval"
    return
      "<span class=\"value\">\(Report.short(value) + spread)</span> <span class=\"ends\">\(ends)</span>"
  }

  static func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + Report.short(value) }

  /// The share as a percentage without decimals; 0 and 100 are exactly that.
  static func percent(_ share: Double) -> String {
    let whole = Int((share * 100).rounded())
    if whole == 0, share > 0 { return "<1 %" }
    if whole == 100, share < 1 { return ">99 %" }
    return "\(whole) %"
  }
}
