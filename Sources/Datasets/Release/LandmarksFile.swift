/// A landmarks file: points of clips.
struct LandmarksFile {
  /// A clip as the file names it; `dataset` is nil where the file has no such column.
  struct Key: Hashable, CustomStringConvertible {
    let dataset: String?
    let subject: String
    let name: String

    var description: String { (dataset.map { $0 + "/" } ?? "") + subject + "/" + name }
  }

  let path: String
  private let hasDatasets: Bool
  private let rows: [Key: (points: Landmarks, found: Bool, line: Int)]
  private(set) var warnings: [String]

  /// - Throws: `DataError`, or `FileError` if it cannot be read.
  init(path: String) throws {
    let table = try CSVTable(
      path: path, columns: ["sub", "filename_o"] + Landmarks.columns,
      optional: ["dataset", LandmarkColumns.detected])
    var rows: [Key: (points: Landmarks, found: Bool, line: Int)] = [:]
    for row in table.rows {
      let (points, found) = try LandmarkColumns.points(row, path: path)
      let key = Key(dataset: row[optional: "dataset"], subject: row["sub"], name: row["filename_o"])
      if let first = rows.updateValue((points, found, row.line), forKey: key) {
        throw DataError(
          path, line: row.line, "has the clip \(key) a second time, after line \(first.line)")
      }
    }
    self.path = path
    hasDatasets = table.rows.first?[optional: "dataset"] != nil
    self.rows = rows
    warnings = table.warnings
  }

  private func key(_ clip: Clip) -> Key {
    Key(dataset: hasDatasets ? clip.dataset : nil, subject: clip.subject, name: clip.name)
  }

  /// The points of each clip; warnings say which rows are of none, and how good the points are.
  ///
  /// - Parameter side: Of the images, in pixels.
  /// - Throws: `DataError` for a clip without a row.
  mutating func points(of clips: ReleaseClips, side: Int) throws -> [Landmarks] {
    let found = try zip(clips.clips, clips.lines).map { clip, line in
      guard let row = rows[key(clip)] else {
        let lines = Dictionary(
          rows.map { ($0.key.description, $0.value.line) }, uniquingKeysWith: min)
        throw DataError(
          path,
          "has no row for the clip \(key(clip)) (line \(line) of \(ReleaseFiles.labels))"
            + NearNames.hint(key(clip).description, among: lines.keys) {
              "in line \(lines[$0] ?? 0)"
            })
      }
      return (points: row.points, found: row.found)
    }
    let wanted = Set(clips.clips.map(key))
    let others = rows.filter { !wanted.contains($0.key) }.map(\.value.line)
    if let first = others.min() {
      warnings.append(
        "\(path): \(others.count) of \(rows.count) rows are of no clip in \(ReleaseFiles.labels), "
          + "the first in line \(first)")
    }
    warnings += LandmarkColumns.warnings(found, path: path, side: side)
    return found.map(\.points)
  }
}
