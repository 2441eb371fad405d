import Evaluation
import RunStore
import Statistics
import Wording

/// The tables of the report, row by row; the first row is the header.
extension Report {
  /// The paper's figures where they are of what this run is of.
  private var paper: [String: (uf1: Double, uar: Double)] {
    standsBesideThePaper ? PublishedComposite.figures : [:]
  }

  /// Two columns a protocol.
  private func protocolHeader(_ first: [String]) -> [String] {
    first + job.protocols.flatMap { ["\(Self.label($0)) UF1", "UAR"] }
  }

  private func header(_ first: [String]) -> [String] {
    protocolHeader(first) + (paper.isEmpty ? [] : ["paper UF1", "UAR"])
  }

  private func paperCells(_ part: String) -> [String] {
    guard !paper.isEmpty else { return [] }
    return paper[part].map { [Self.figure($0.uf1), Self.figure($0.uar)] } ?? ["", ""]
  }

  private static let ensemble = "Ensemble"

  /// A setting's scores: a row for all clips and for each dataset, and one for the ensemble of the seeds.
  func tableRows(_ setting: SettingScores) -> [[String]] {
    let means = job.protocols.map(setting.means)
    guard let firsts = means.first, !firsts.isEmpty else {
      return [
        header(["", "clips"]), ["Full", "0"] + job.protocols.flatMap { _ in ["-", "-"] },
      ]
    }
    return [header(["", "clips"])]
      + firsts.map { key, first in
        [Self.title(key), "\(first.clips)"]
          + means.flatMap { parts in
            Self.cells(parts.first { $0.key == key }?.scores)
          } + paperCells(key)
      }
      + (setting.ensemble.map { ensemble in
        [
          [Self.ensemble, "\(ensemble.rows.count)"]
            + ensemble.scores.flatMap { Self.cells($0["full"]?.scores) }
            + (paper.isEmpty ? [] : ["", ""])
        ]
      } ?? [])
  }

  /// The intervals of the same scores; empty: there is no score.
  func intervalRows(_ setting: SettingScores) -> [[String]] {
    let means = job.protocols.map(setting.means)
    guard let firsts = means.first, !firsts.isEmpty else { return [] }
    return [protocolHeader(["95% intervals"])]
      + firsts.map { key, _ in
        [Self.title(key)]
          + means.flatMap { parts in
            Self.cells(parts.first { $0.key == key }?.scores.intervals)
          }
      }
      + (setting.ensemble.map { ensemble in
        [[Self.ensemble] + ensemble.scores.flatMap { Self.cells($0["full"]?.intervals) }]
      } ?? [])
  }

  /// One protocol's scores of all clips: a row for each setting, and for each one's ensemble of seeds.
  func overviewRows(_ name: EvaluationProtocol) -> [[String]] {
    let isPublished = name == PublishedComposite.selection && !paper.isEmpty
    func row(_ title: String, _ clips: Int, _ cells: [String], _ intervals: [String]) -> [String] {
      [title, "\(clips)", cells[0], intervals[0], cells[1], intervals[1]]
    }
    return [[Self.label(name), "clips", "UF1", "95% interval", "UAR", "95% interval"]]
      + settings.flatMap { setting -> [[String]] in
        let full = setting.means(of: name).first { $0.key == "full" }?.scores
        let title = Self.name(setting, among: settings)
        let ensemble = setting.ensemble?.scores.first { $0.name == name }?["full"]
        return [row(title, full?.clips ?? 0, Self.cells(full), Self.cells(full?.intervals))]
          + (ensemble.map {
            [
              row(
                title + ", " + Self.ensemble.lowercased(), $0.scores.clips, Self.cells($0.scores),
                Self.cells($0.intervals))
            ]
          } ?? [])
      }
      + chosenRows(name, row)
      + (isPublished ? [row("the paper", 0, paperCells("full"), ["", ""])] : []).map {
        [$0[0], ""] + $0.dropFirst(2)
      }
  }

  static let chosen = "Chosen for each fold"

  /// Of `nested`, the score of settings that were chosen without the test subjects.
  private func chosenRows(
    _ name: EvaluationProtocol,
    _ row: (_ title: String, _ clips: Int, _ cells: [String], _ intervals: [String]) -> [String]
  ) -> [[String]] {
    guard name == .nested, let full = chosenSettings?.full else { return [] }
    return [row(Self.chosen, full.clips, Self.cells(full), Self.cells(full.intervals))]
  }

  /// A setting's name, and whose trainings are its too.
  private static func name(_ setting: SettingScores, among settings: [SettingScores]) -> String {
    setting.setting.name
      + (setting.setting.sameAs.map { " (as \(settings[$0].setting.name))" } ?? "")
  }

  /// What `best-on-test` gains in UF1 by looking at the test subjects: a row a part, of a study a row a
  /// setting; empty: nobody asked for it.
  ///
  /// - Parameter isShort: Of all clips alone.
  func optimismRows(isShort: Bool = false) -> [[String]] {
    let rows = settings.flatMap { setting -> [[String]] in
      guard setting.setting.sameAs == nil, let optimism = setting.optimism else { return [] }
      let parts =
        isShort || settings.count > 1 ? optimism.parts.filter { $0.key == "full" } : optimism.parts
      return parts.map { part in
        [settings.count > 1 ? setting.setting.name : Self.title(part.key)]
          + [part.whole, part.selection, part.commonEpoch].map { difference in
            Self.signed(difference.uf1)
              + (difference.intervals.map { " " + Self.interval($0.uf1) } ?? "")
          } + [optimism.commonEpochs.map { "\($0)" }.joined(separator: ", ")]
      }
    }
    guard !rows.isEmpty else { return [] }
    return [
      [
        "optimism, in UF1", "best-on-test - last-epoch", "best-on-test - common epoch",
        "common epoch - last-epoch", "common epoch",
      ]
    ] + rows
  }

  // MARK: - Cells

  static func label(_ name: EvaluationProtocol) -> String {
    name.rawValue + (name.isOptimistic ? " (optimistic)" : "")
  }

  private static func cells(_ scores: MeanScores?) -> [String] {
    guard let scores else { return ["-", "-"] }
    return [scores.uf1, scores.uar].map { spread in
      figure(spread.mean) + (spread.deviation.map { " ± " + figure($0) } ?? "")
    }
  }

  static func cells(_ scores: Scores?) -> [String] {
    guard let scores else { return ["-", "-"] }
    return [figure(scores.uf1), figure(scores.uar)]
  }

  static func cells(_ intervals: ScoreIntervals?) -> [String] {
    guard let intervals else { return ["-", "-"] }
    return [interval(intervals.uf1), interval(intervals.uar)]
  }

  static func interval(_ interval: Interval) -> String {
    "[\(figure(interval.low)), \(figure(interval.high))]"
  }

  static func figure(_ value: Double) -> String { decimals(value, 4) }

  /// Of a difference.
  static func signed(_ value: Double) -> String { (value > 0 ? "+" : "") + figure(value) }

  static func title(_ key: String) -> String {
    key == "full" ? "Full" : PublishedComposite.datasets[key]?.title ?? key
  }

  /// Rows with aligned columns; the first to the left.
  static func columns(_ rows: [[String]]) -> String {
    guard let first = rows.first else { return "" }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
