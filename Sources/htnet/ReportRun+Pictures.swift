import Configuration
import DataInspection
import Datasets
import Files
import Foundation
import Reporting
import RunStore
import Training

/// Pictures of a run's clips, from the data that its configuration names.
extension ReportRun {
  /// A setting's data before its regions are composed, and where each clip's regions lie in shares of the side.
  private struct Read {
    let wanted: (data: DataConfiguration, shape: InputShape, digest: String)
    let source: SourceClips
    let squares: [[ClipPictures.Square]]
  }

  /// Why pictures cannot be shown.
  private struct Missing: Error { let reason: String }

  static func pictures(_ contents: RunContents) -> ClipPictures {
    do {
      return .of(try album(contents))
    } catch let missing as Missing {
      return .none("There are no pictures: \(missing.reason).")
    } catch {
      return .none("There are no pictures: \(error).")
    }
  }

  /// - Throws: `Missing`, or what reading the configuration or the data throws.
  private static func album(_ contents: RunContents) throws -> ClipPictures.Album {
    let settings = try configuration(contents).settings()
    let digests = contents.dataDigests
    guard settings.count == digests.count else {
      throw Missing(reason: "the configuration has other settings than the ledger")
    }
    var known: [Read] = []
    var places: [Int] = []
    for (setting, digest) in zip(settings, digests) {
      var data = setting.configuration.data
      // Input is scaled by the fold, not by the reader.
      data.scaling = .raw
      let shape = InputShape(setting.configuration.model)
      let wanted = (data, shape, digest)
      if let same = known.firstIndex(where: { $0.wanted == wanted }) {
        places.append(same)
        continue
      }
      guard try FileKind.of(data.path) != nil else {
        throw Missing(reason: absence(data.path))
      }
      let source = try Dataset.source(data, shape)
      let now = try Dataset.load(
        data, shape, mirroring: setting.configuration.augmentation.mirroring
      ).digest
      guard now == digest else {
        throw Missing(
          reason:
            "the data at \(data.path) are not those that the run was trained on; their digest is "
            + "\(now.prefix(12))…, and was \(digest.prefix(12))…")
      }
      known.append(
        Read(wanted: wanted, source: source, squares: squares(source, data.regions, shape.side)))
      places.append(known.count - 1)
    }
    return album(known, places)
  }

  /// That the data are not there, and how to have pictures.
  private static func absence(_ path: String) -> String {
    let here = FileManager.default.currentDirectoryPath
    guard !path.hasPrefix("/") else {
      return "\(path) holds no data; a report that is made where it does has pictures"
    }
    return
      "\(path), from \(here) where this report was made, holds no data; a report that is made from the "
      + "directory of the training has pictures"
  }

  private static func squares(_ source: SourceClips, _ regions: Regions, _ side: Int)
    -> [[ClipPictures.Square]]
  {
    guard regions != .whole else { return source.clips.map { _ in [] } }
    let side = Double(side)
    return source.regionPlaces(regions).map { places in
      places.corners.map {
        .init(
          x: Double($0[1]) / side, y: Double($0[0]) / side, side: Double(places.side) / side)
      }
    }
  }

  private static func album(_ known: [Read], _ places: [Int]) -> ClipPictures.Album {
    // Settings share their clips.
    let source = known[0].source
    let clips = Dictionary(
      source.clips.enumerated().map { ([$1.dataset, $1.subject, $1.name], $0) },
      uniquingKeysWith: { first, _ in first })
    let squares = known.map(\.squares)
    let hasRegions = squares.contains { $0.contains { !$0.isEmpty } }
    return ClipPictures.Album(
      legend: "Each picture is the clip's flow map as it lies on the disk"
        + (hasRegions
          ? "; squares, where there are any, are the regions that the input is composed of: left eye yellow, right "
            + "eye cyan, left corner of the mouth magenta, right corner green." : "."),
      map: { dataset, subject, clip in
        try clips[[dataset, subject, clip]].map { try ClipPicture.png(source, clip: $0) }
      },
      regions: { setting, dataset, subject, clip in
        guard let place = clips[[dataset, subject, clip]] else { return [] }
        return squares[places[setting]][place]
      })
  }
}
