import Evaluation
import Plots
import Statistics
import Wording

/// What the study's keys and the seeds do to the score.
extension ReportPage {
  /// Settings of one value that a plot has lanes for; more share one.
  private static let mostLanes = 12

  var factors: Section? {
    let keys = factorKeys
    let seeds = report.trained.contains {
      $0.setting.shared.count > 1 && $0.setting.full(report.shown) != nil
    }
    guard !keys.isEmpty || seeds else { return nil }
    let words = Self.paragraph(
      "UF1 of all clips by <code>\(report.shown.rawValue)</code>, with 95% intervals.")
    let plots = keys.enumerated().map(factor) + (seeds ? [seedPlot] : [])
    return (
      "settings", keys.isEmpty ? "Seeds" : "Settings and seeds", words + uneven + Self.plots(plots)
    )
  }

  /// Keys of which settings have several values, in the study's order.
  private var factorKeys: [String] {
    var seen: Set<String> = []
    let keys = report.settings.flatMap(\.setting.values).map(\.key).filter {
      seen.insert($0).inserted
    }
    return keys.filter { key in Set(report.settings.map { value(of: key, $0) }).count > 1 }
  }

  private func value(of key: String, _ setting: Report.SettingScores) -> String {
    setting.setting.values.first { $0.key == key }?.value ?? "as the run’s own"
  }

  /// A setting, the place of the one whose trainings it has, and its scores.
  private typealias Entry = (setting: Report.SettingScores, trainings: Int, scores: MeanScores)

  private var scored: [Entry] {
    report.settings.enumerated().compactMap { place, setting -> Entry? in
      guard let scores = setting.full(report.shown) else { return nil }
      return (setting, setting.setting.sameAs ?? place, scores)
    }
  }

  /// Their scores, of settings that share trainings once.
  private static func ownScores(_ group: [Entry]) -> [Double] {
    var seen: Set<Int> = []
    return group.filter { seen.insert($0.trainings).inserted }.map(\.scores.uf1.mean)
  }

  /// Whether a group has a mean: it has several scores, of the same clips.
  private static func hasMean(_ group: [Entry]) -> Bool {
    ownScores(group).count > 1 && !Report.areOfDifferentClips(group.map(\.setting.sharedFolds))
  }

  /// Around all that the plots of scores show.
  private var axis: Axis {
    let ensembles = scored.compactMap {
      $0.setting.ensemble?.scores[report.shownPlace]["full"]?.scores.uf1
    }
    return Axis(
      "UF1",
      around: ensembles
        + scored.flatMap { entry in
          let interval = entry.scores.intervals?.uf1
          return [entry.scores.uf1.mean, interval?.low, interval?.high].compactMap { $0 }
            + entry.setting.shared.compactMap { $0.scores[report.shownPlace]["full"]?.scores.uf1 }
        }, within: 0...1)
  }

  private func factor(_ index: Int, _ key: String) -> Markup {
    var order: [String] = []
    for entry in scored where !order.contains(value(of: key, entry.setting)) {
      order.append(value(of: key, entry.setting))
    }
    let groups = order.map { value in
      (value, scored.filter { self.value(of: key, $0.setting) == value })
    }
    let rows = groups.map { value, group in
      let marks = group.map { entry in
        RowPlot.Mark(
          entry.scores.uf1.mean,
          interval: group.count > Self.mostLanes ? nil : Self.range(entry.scores.intervals?.uf1),
          colour: Self.colour(report.shown),
          words: "\(entry.setting.setting.name): \(Report.short(entry.scores.uf1.mean))")
      }
      let scores = Self.ownScores(group)
      let mean = Spread(scores).mean
      let lanes = group.count > Self.mostLanes ? [marks] : marks.map { [$0] }
      let middle =
        Self.hasMean(group)
        ? [
          [
            RowPlot.Mark(
              mean, colour: 3, shape: .diamond, words: "their mean: \(Report.short(mean))")
          ]
        ] : []
      return RowPlot.Row(value, lanes + middle)
    }
    let hasMeans = groups.contains { Self.hasMean($0.1) }
    let legend: [(shape: MarkShape, colour: Int, text: String)] =
      [(.dot, Self.colour(report.shown), "a setting")]
      + (hasMeans ? [(.diamond, 3, "the mean of those above it")] : [])
    return Self.plot(
      RowPlot(axis, rows: rows).figure(
        id: "factor-\(index)", title: "By \(key)",
        description: "The UF1 of each setting, under the value that it has of \(key)."),
      caption:
        "Settings by their value of <code>\(key)</code>; differences of two settings have paired intervals by "
        + "<code>htnet report --compare</code>." + Self.legend(legend), [key, "setting", "UF1"],
      groups.flatMap { value, group in
        group.map { entry in
          [
            "\(value)", "\(entry.setting.setting.name)",
            Self.cell(
              entry.scores.uf1.mean, entry.scores.intervals?.uf1,
              deviation: entry.scores.uf1.deviation),
          ]
        }
      })
  }

  private var seedPlot: Markup {
    let trained = report.trained.map(\.setting).filter {
      $0.shared.count > 1 && $0.full(report.shown) != nil
    }
    func score(_ seed: Report.SeedScores) -> Double? {
      seed.scores[report.shownPlace]["full"]?.scores.uf1
    }
    func name(_ setting: Report.SettingScores) -> String {
      setting.setting.name.isEmpty ? "all clips" : setting.setting.name
    }
    let colour = Self.colour(report.shown)
    let rows = trained.map { setting in
      let seeds = setting.shared.compactMap { seed in
        score(seed).map {
          RowPlot.Mark(
            $0, colour: colour, shape: .ring,
            words: "seed \(seed.seed.map { "\($0)" } ?? "?"): \(Report.short($0))")
        }
      }
      let mean = setting.full(report.shown).map {
        RowPlot.Mark(
          $0.uf1.mean, interval: Self.range($0.intervals?.uf1), colour: colour,
          words: "mean: \(Report.short($0.uf1.mean))")
      }
      let ensemble = setting.ensemble?.scores[report.shownPlace]["full"].map {
        RowPlot.Mark(
          $0.scores.uf1, colour: 3, shape: .diamond,
          words: "ensemble: \(Report.short($0.scores.uf1))")
      }
      return RowPlot.Row(
        name(setting), [seeds, [mean].compactMap { $0 }, [ensemble].compactMap { $0 }])
    }
    return Self.plot(
      RowPlot(axis, rows: rows).figure(
        id: "seeds", title: "By seed",
        description:
          "The UF1 of each seed, their mean with its interval, and that of their ensemble."),
      caption: Self.legend([
        (.ring, colour, "a seed"), (.dot, colour, "their mean"), (.diamond, 3, "their ensemble"),
      ]), ["setting", "seed", "UF1"],
      trained.flatMap { setting in
        setting.shared.compactMap { seed -> [Markup]? in
          score(seed).map {
            [
              "\(name(setting))", "\(seed.seed.map { "\($0)" } ?? "–")", "\(Report.short($0))",
            ]
          }
        }
      })
  }
}
