import Foundation
import Plots
import RunStore
import Wording

/// The clips that are taken for a wrong class.
extension ReportPage {
  /// Clips that a setting's part of the page shows.
  private static let mostClips = 24

  var mistakes: Section? {
    guard report.leader != nil else { return nil }
    let found = report.trained.map {
      ($0.place, $0.setting.mistakes(protocolAt: report.shownPlace))
    }
    let byPlace = Dictionary(uniqueKeysWithValues: found)
    let shown = found.flatMap { $0.1.prefix(Self.mostClips) }
    let maps = MapSheet(shown, report.pictures)
    let body = eachSetting { place, setting in
      mistakes(place, setting, byPlace[place] ?? [], maps)
    }
    return (
      "mistakes", "Wrongly recognised clips", Self.paragraph("\(maps.words)") + maps.symbols + body
    )
  }

  private func mistakes(
    _ place: Int, _ setting: Report.SettingScores, _ mistakes: [Mistake], _ maps: MapSheet
  ) -> Markup {
    let all = setting.shared.first?.rows.count ?? 0
    let isEnsemble = setting.ensemble != nil
    guard !mistakes.isEmpty else { return Self.paragraph("None of \(counted(all, "clip")).") }
    let more = mistakes.count > Self.mostClips
    let items = mistakes.prefix(Self.mostClips).map {
      clip(place, $0, seeds: setting.shared.count, maps)
    }
    let list: Markup = "<ol class=\"clips\">\(items.joined(by: "\n"))</ol>"
    return Self.paragraph(
      """
      \(mistakes.count) of \(counted(all, "clip")) by <code>\(report.shown.rawValue)</code>\
      \(isEnsemble ? ", of the seeds’ ensemble" : ""), the surest mistakes first\
      \(more ? "; the first \(Self.mostClips) are shown" : "")\(more && !isEnsemble ? ", and predictions.csv has all" : "").
      """) + list
  }

  private func clip(_ place: Int, _ mistake: Mistake, seeds: Int, _ maps: MapSheet) -> Markup {
    let (clip, names) = (mistake.clip, report.classNames)
    let wrong =
      seeds > 1 ? "<br>\(mistake.wrongSeeds) of \(seeds) seeds are wrong" as Markup : ""
    return """
      <li>\(maps.picture(clip, setting: place, report.pictures))<p><strong>\(clip.dataset)/\(clip.subject)/\(clip.clip)\
      </strong><br>is \(names[clip.truth]) (\(Self.percent(mistake.ofTruth)))<br>taken for \
      \(names[mistake.prediction]) (\(Self.percent(mistake.confidence)))\(wrong)</p></li>
      """
  }
}

/// The maps of the clips that a page shows, each once however many settings show it.
private struct MapSheet {
  /// Why there are no pictures, or what they are.
  let words: String
  /// One a clip that has a map, which `use` draws.
  let symbols: Markup
  private let places: [[String]: Int]

  init(_ mistakes: [Mistake], _ pictures: ClipPictures) {
    var places: [[String]: Int] = [:]
    var symbols: Markup = ""
    var failures: Set<[String]> = []
    var first: (any Error)?
    if case .of(let album) = pictures {
      for mistake in mistakes {
        let (clip, name) = (mistake.clip, Self.name(mistake))
        guard places[name] == nil, !failures.contains(name) else { continue }
        do {
          guard let png = try album.map(clip.dataset, clip.subject, clip.clip) else { continue }
          symbols += """
            <symbol id="map-\(places.count)" viewBox="0 0 100 100"><image width="100" height="100" \
            href="data:image/png;base64,\(png.base64EncodedString())"/></symbol>
            """
          places[name] = places.count
        } catch {
          failures.insert(name)
          first = first ?? error
        }
      }
    }
    switch pictures {
    case .none(let reason): words = reason
    case .of(let album):
      words = Self.words(
        album.legend, failures: failures.count, first: first, pictures: places.count)
    }
    self.places = places
    self.symbols =
      places.isEmpty
      ? "" : "<svg width=\"0\" height=\"0\" class=\"store\" aria-hidden=\"true\">\(symbols)</svg>"
  }

  /// What the pictures are that there are, and why others are not there.
  private static func words(
    _ legend: String, failures: Int, first: (any Error)?, pictures: Int
  ) -> String {
    let about = legend + " They are of your data: mind its licence before you hand this file on."
    guard let first else { return about }
    guard pictures > 0 else { return "There are no pictures: \(first)." }
    return about
      + " \(counted(failures, "picture")) could not be made, the first because: \(first)."
  }

  private static func name(_ mistake: Mistake) -> [String] {
    [mistake.clip.dataset, mistake.clip.subject, mistake.clip.clip]
  }

  func picture(_ clip: LedgerRecord.ClipTruth, setting: Int, _ pictures: ClipPictures) -> Markup {
    let name = [clip.dataset, clip.subject, clip.clip]
    guard case .of(let album) = pictures, let place = places[name] else { return "" }
    let squares = album.regions(setting, clip.dataset, clip.subject, clip.clip).enumerated().map {
      index, square -> Markup in
      let (x, y, side) = (square.x * 100, square.y * 100, square.side * 100)
      return
        "<rect class=\"r\(index)\" x=\"\(x + 1)\" y=\"\(y + 1)\" width=\"\(side - 2)\" height=\"\(side - 2)\"/>"
    }
    return """
      <svg class="map" viewBox="0 0 100 100" width="96" height="96" role="img" \
      aria-label="Flow map of \(name.joined(separator: "/"))"><use href="#map-\(place)" width="100" height="100"/>\
      \(squares.joined())</svg>
      """
  }
}
