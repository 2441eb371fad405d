import Foundation
import Wording

/// The clips of a manifest, checked, and where their images are.
struct ManifestClips {
  let table: ClipTable
  /// Paths from the manifest's directory on, one a clip.
  let images: [String]
  /// One a clip; those of the whole map have no meaning.
  let landmarks: [Landmarks]
  let classNames: [String]
  private(set) var warnings: [String]

  /// - Parameters:
  ///   - path: The table's.
  ///   - shape: What labels and points must fit.
  /// - Throws: `DataError` for the first line that is wrong, `FileError` if it cannot be read.
  init(path: String, _ configuration: DataConfiguration, _ shape: InputShape) throws {
    let needsPoints = configuration.regions != .whole
    let csv = try CSVTable(
      path: path, columns: ManifestColumns.required.filter { shape.isForTraining || $0 != "label" },
      optional: ManifestColumns.optional
        + (needsPoints ? Landmarks.columns + [LandmarkColumns.detected] : []),
      titles: try ManifestColumns.titles(configuration.columns),
      remedy: "; data.columns=[%=NAME] says which one it is")
    if needsPoints, let column = Landmarks.columns.first(where: { !csv.columns.contains($0) }) {
      throw DataError(
        path,
        "has no column \"\(column)\", and data.regions \(configuration.regions.rawValue) needs "
          + "landmarks: give the columns \(Landmarks.columns.joined(separator: ", ")), or set "
          + "data.regions=whole")
    }
    let (dataset, warning) = try Self.dataset(path, configuration, csv)
    let texts = csv.rows.map { $0["label"] }
    var names = NameRegister(path: path)
    var labels = ClassLabels(path: path, classes: shape.classes, names: configuration.classNames)
    var images: [String: Int] = [:]
    var photographs: [String] = []
    var clips: [Clip] = []
    var paths: [String] = []
    var points: [(points: Landmarks, found: Bool)] = []
    for row in csv.rows {
      try names.requireVisible(row, "image")
      let image = try ManifestImagePath(row, path: path)
      if let line = images.updateValue(row.line, forKey: image.path) {
        throw DataError(
          path, line: row.line, "the image \"\(image.path)\" stands in line \(line) already")
      }
      if image.isPhotograph { photographs.append(row["image"]) }
      let clip = Clip(
        dataset: try dataset ?? names.name(row, "dataset"), subject: try names.name(row, "subject"),
        name: row[optional: "clip"] ?? image.path,
        label: shape.isForTraining ? try labels.label(row, of: texts) : 0)
      guard !clip.name.isEmpty else {
        throw DataError(
          path, line: row.line, "column \"\(row.title("clip"))\" is \"\": it must not be empty")
      }
      if row[optional: "clip"] != nil { try names.requireVisible(row, "clip") }
      try names.check(clip, line: row.line)
      if needsPoints { points.append(try LandmarkColumns.points(row, path: path)) }
      clips.append(clip)
      paths.append(image.path)
    }
    table = try ClipTable(
      path: path, clips: clips, lines: csv.rows.map(\.line), hasFolds: shape.isForTraining)
    self.images = paths
    classNames = labels.classNames
    landmarks =
      needsPoints
      ? points.map(\.points) : Array(repeating: Landmarks.published, count: clips.count)
    warnings = csv.warnings
    if let warning { warnings.append(warning) }
    if let first = photographs.first {
      warnings.append(
        "\(path): \(photographs.count) of \(clips.count) rows name a photograph, \"\(first)\" the "
          + "first: the map is read from the .png of the same name")
    }
    warnings += Self.warnings(ofOthers: csv.others, path: path)
    warnings += LandmarkColumns.warnings(points, path: path, side: shape.side)
  }

  /// What is said of columns that are there and not read.
  private static func warnings(ofOthers columns: [String], path: String) -> [String] {
    let points = columns.filter { (Landmarks.columns + [LandmarkColumns.detected]).contains($0) }
    let others = columns.filter { !points.contains($0) }
    var warnings: [String] = []
    if !points.isEmpty {
      warnings.append("\(path): its landmarks are not read, as data.regions is whole")
    }
    if !others.isEmpty {
      warnings.append(
        "\(path): \(counted(others.count, "column")) \(others.count == 1 ? "is" : "are") not read: "
          + others.prefix(8).joined(separator: ", ") + (others.count > 8 ? ", …" : ""))
    }
    return warnings
  }

  /// What the one dataset of a manifest without such a column is called, and what is said of it; nil:
  /// each row says its own.
  private static func dataset(
    _ path: String, _ configuration: DataConfiguration, _ table: CSVTable
  ) throws -> (String?, warning: String?) {
    if table.columns.contains("dataset") {
      guard configuration.dataset == nil else {
        throw DataError(
          path, "has a column \"dataset\", and data.dataset is set too: leave one of them out")
      }
      return (nil, nil)
    }
    if let dataset = configuration.dataset { return (dataset, nil) }
    let name = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent()
      .lastPathComponent
    guard !name.isEmpty, !name.unicodeScalars.contains("/"),
      !name.unicodeScalars.contains(where: NearNames.isInvisible)
    else {
      throw DataError(
        path,
        "has no column \"dataset\", and its directory's name is none for one: set data.dataset")
    }
    return (
      name,
      "\(path): has no column \"dataset\": all clips are of \"\(name)\", as its directory is called; "
        + "data.dataset gives another name"
    )
  }
}
