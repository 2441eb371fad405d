import Evaluation
import Plots
import Statistics
import Wording

/// How training went.
extension ReportPage {
  /// Lines of single folds that a plot has.
  private static let mostLines = 70
  /// Points of a line.
  private static let mostPoints = 150

  var curves: Section? {
    let curves = report.trained.map { ($0.place, $0.setting.learningCurves(report.job)) }
    let known = Dictionary(
      uniqueKeysWithValues: curves.compactMap { place, curves in curves.map { (place, $0) } })
    guard !known.isEmpty else { return nil }
    let body = eachSetting { place, _ in
      guard let curves = known[place] else { return "" }
      return Self.plots(
        [loss(place, curves), scores(place, curves)].compactMap { $0 }
          + curves.chosen.map { chosen(place, curves, $0.name, $0.folds) })
    }
    return ("curves", "Learning curves", body)
  }

  /// Epochs (from 0) that a line has points at: all, or evenly some of them and the last.
  private static func epochs(_ count: Int) -> [Int] {
    guard count > mostPoints else { return Array(0..<count) }
    return (0..<mostPoints).map { $0 * (count - 1) / (mostPoints - 1) }
  }

  private static func points(_ values: [Double]) -> [PlanePlot.Point] {
    epochs(values.count).map { (Double($0 + 1), values[$0]) }
  }

  private static func axis(_ curves: LearningCurves) -> Axis {
    Axis("epoch", around: [0, Double(curves.epochs)])
  }

  /// What a plot left out, in a sentence.
  private static func thinned(lines: Int, epochs: Int) -> String {
    let few =
      lines > mostLines
      ? " \(mostLines) of the \(lines) lines are drawn, evenly chosen; band and mean are of all."
      : ""
    return few
      + (epochs > mostPoints ? " Of \(epochs) epochs, \(mostPoints) are drawn." : "")
  }

  /// How trainings count that ended before others, in a sentence.
  private static func ended(_ count: Int, of all: Int) -> String {
    count == 0
      ? ""
      : " \(count) of \(counted(all, "training")) ended early and count on with their last epoch."
  }

  private func loss(_ place: Int, _ curves: LearningCurves) -> Markup {
    let lines = curves.losses
    let drawn =
      lines.count > Self.mostLines
      ? (0..<Self.mostLines).map { lines[$0 * lines.count / Self.mostLines] } : lines
    let highest = curves.loss.high.max() ?? 1
    var plot = PlanePlot(
      x: Self.axis(curves), y: Axis("training loss", around: [0, max(highest, 1e-6)]))
    for line in drawn { plot.line(Self.points(line.values), colour: 0, style: "thin") }
    plot.band(low: Self.points(curves.loss.low), high: Self.points(curves.loss.high), colour: 0)
    plot.line(Self.points(curves.loss.mean), colour: 0, style: "thick")
    let shown =
      Self.epochs(curves.epochs).count > 12 ? Self.few(curves.epochs) : Array(0..<curves.epochs)
    return Self.plot(
      plot.figure(
        id: "loss-\(place)", title: "Training loss",
        description: "The mean loss of \(counted(lines.count, "training")) after each of "
          + "\(counted(curves.epochs, "epoch")), from \(decimals(curves.loss.mean.first ?? 0, 4)) to "
          + "\(decimals(curves.loss.mean.last ?? 0, 4)) in the mean."),
      caption: """
        Thin: each fold’s training. Thick: their mean, and the band that holds 90 % of them.\
        \(Self.ended(curves.endedEarly, of: lines.count))\(Self.thinned(lines: lines.count, epochs: curves.epochs))
        """,
      ["epoch", "mean", "5 %", "95 %"],
      shown.map { epoch in
        ["\(epoch + 1)"]
          + [curves.loss.mean, curves.loss.low, curves.loss.high].map {
            "\(decimals($0[epoch], 4))"
          }
      })
  }

  /// About ten epochs, the last among them.
  private static func few(_ count: Int) -> [Int] { (0..<10).map { $0 * (count - 1) / 9 } }

  private func scores(_ place: Int, _ curves: LearningCurves) -> Markup? {
    let kinds: [(name: String, colour: Int, seeds: [[Double]])] = [
      ("test clips, which nothing but best-on-test may look at", 2, curves.test),
      ("training subjects that inner trainings held out", 1, curves.heldOut),
    ].filter { !$0.2.isEmpty }
    guard !kinds.isEmpty else { return nil }
    var plot = PlanePlot(
      x: Self.axis(curves), y: Axis("UF1 of all folds together", around: [0, 1], within: 0...1))
    var columns: [[Double]] = []
    for kind in kinds {
      if kind.seeds.count > 1 {
        for seed in kind.seeds { plot.line(Self.points(seed), colour: kind.colour, style: "thin") }
      }
      let mean = LearningCurves.Summary(kind.seeds).mean
      columns.append(mean)
      plot.line(Self.points(mean), colour: kind.colour, style: "thick")
      // The epochs that are best for all folds together.
      for seed in kind.seeds {
        guard let best = seed.max(), let epoch = seed.lastIndex(of: best) else { continue }
        plot.mark(
          (Double(epoch + 1), best), colour: kind.colour, shape: .diamond,
          words: "epoch \(epoch + 1): \(Report.short(best))")
      }
    }
    let count = columns.map(\.count).max() ?? 0
    let ended =
      curves.scoresEndEarly
      ? " Trainings that ended before others count on with their last epoch." : ""
    let shown = count > 12 ? Self.few(count) : Array(0..<count)
    return Self.plot(
      plot.figure(
        id: "epochs-\(place)", title: "UF1 by epoch",
        description: "The UF1 of the pooled predictions after each epoch: "
          + kinds.map(\.name).joined(separator: "; ") + "."),
      caption: "A diamond is a seed’s best epoch for all folds together.\(ended)"
        + Self.legend(kinds.map { (.dot, $0.colour, $0.name) }),
      ["epoch"] + kinds.map(\.name),
      shown.map { epoch in
        ["\(epoch + 1)"]
          + columns.map { $0.count > epoch ? "\(Report.short($0[epoch]))" : "–" }
      })
  }

  private func chosen(
    _ place: Int, _ curves: LearningCurves, _ name: EvaluationProtocol, _ folds: [Int: Int]
  ) -> Markup {
    let bins = min(curves.epochs, 20)
    func bin(_ epoch: Int) -> Int { (epoch - 1) * bins / max(curves.epochs, 1) }
    var counts = [Int](repeating: 0, count: bins)
    for (epoch, count) in folds where epoch <= curves.epochs { counts[bin(epoch)] += count }
    let axis = Axis("epoch", around: [0, Double(curves.epochs)])
    var plot = PlanePlot(
      x: axis, y: Axis("folds", around: [0, Double(max(counts.max() ?? 1, 1))], about: 4),
      height: 170)
    // The epochs of each bin, from and to.
    let ends = (0..<bins).map { index in
      let epochs = (1...max(curves.epochs, 1)).filter { bin($0) == index }
      return (epochs.first ?? 1, epochs.last ?? 1)
    }
    func words(_ index: Int) -> String {
      ends[index].0 == ends[index].1 ? "\(ends[index].0)" : "\(ends[index].0) – \(ends[index].1)"
    }
    for (index, count) in counts.enumerated() where count > 0 {
      plot.bar(
        from: Double(ends[index].0) - 1, to: Double(ends[index].1), height: Double(count),
        colour: Self.colour(name), words: "epochs \(words(index)): \(counted(count, "fold"))")
    }
    let title = "Epochs that \(name.rawValue) chose"
    return Self.plot(
      plot.figure(
        id: "chosen-\(name.rawValue)-\(place)", title: title,
        description: "How many folds, over all seeds, are scored by which epochs."),
      caption: "Over all folds and seeds.", ["epochs", "folds"],
      counts.indices.filter { counts[$0] > 0 }.map { ["\(words($0))", "\(counts[$0])"] })
  }
}
