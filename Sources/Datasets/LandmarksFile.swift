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
  private let points: [Key: Landmarks]
  private let lines: [Key: Int]
  private(set) var warnings: [String]

  /// - Throws: `DataError`, or `FileError` if it cannot be read.
  init(path: String) throws {
    let table = try CSVTable(
      path: path, columns: ["sub", "filename_o"] + Landmarks.columns, optional: ["dataset"])
    var points: [Key: Landmarks] = [:]
    var lines: [Key: Int] = [:]
    for row in table.rows {
      let values = try Landmarks.columns.map { column in
        guard let value = Self.number(row[column]) else {
          throw DataError(
            path, line: row.line,
            "column \"\(column)\" is \"\(row[column])\", not a number such as 9.5")
        }
        return value
      }
      let key = Key(dataset: row[optional: "dataset"], subject: row["sub"], name: row["filename_o"])
      if let first = lines.updateValue(row.line, forKey: key) {
        throw DataError(
          path, line: row.line, "has the clip \(key) a second time, after line \(first)")
      }
      points[key] = Landmarks(values)
    }
    self.path = path
    hasDatasets = table.rows.first?[optional: "dataset"] != nil
    self.points = points
    self.lines = lines
    warnings = table.warnings
  }

  /// A decimal number; hexadecimal digits and words such as `nan` are none here.
  private static func number(_ text: String) -> Double? {
    guard
      text.unicodeScalars.allSatisfy({
        ("0"..."9").contains($0) || "+-.eE".unicodeScalars.contains($0)
      }),
      let value = Double(text), value.isFinite
    else { return nil }
    return value
  }

  private func key(_ clip: Clip) -> Key {
    Key(dataset: hasDatasets ? clip.dataset : nil, subject: clip.subject, name: clip.name)
  }

  /// The points of each clip; a warning says which rows are of none.
  ///
  /// - Parameter side: Of the images, in pixels.
  /// - Throws: `DataError` for a clip without a row.
  mutating func points(of clips: ReleaseClips, side: Int) throws -> [Landmarks] {
    let found = try zip(clips.clips, clips.lines).map { clip, line in
      guard let points = points[key(clip)] else {
        let rows = Dictionary(
          lines.map { ($0.key.description, $0.value) }, uniquingKeysWith: min)
        throw DataError(
          path,
          "has no row for the clip \(key(clip)) (line \(line) of \(ReleaseFiles.labels))"
            + NearNames.hint(key(clip).description, among: rows.keys) { "in line \(rows[$0] ?? 0)" }
        )
      }
      return points
    }
    let wanted = Set(clips.clips.map(key))
    let others = lines.filter { !wanted.contains($0.key) }.map(\.value)
    if let first = others.min() {
      warnings.append(
        "\(path): \(others.count) of \(lines.count) rows are of no clip in \(ReleaseFiles.labels), "
          + "the first in line \(first)")
    }
    // A few lie outside in the release, where a face is turned.
    let outside = found.count { !$0.areInside(side: side) }
    if outside > found.count / 2 {
      warnings.append(
        "\(path): \(outside) of \(found.count) clips have points outside the image; they must be in "
          + "pixels of the \(side) × \(side) image")
    }
    return found
  }
}
