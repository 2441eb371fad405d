import Files

/// The clips of the release's table, checked.
struct ReleaseClips {
  let table: ClipTable
  let warnings: [String]
  var clips: [Clip] { table.clips }
  var lines: [Int] { table.lines }

  /// - Parameter shape: What labels must fit.
  /// - Throws: `DataError` for the first line that is wrong, `FileError` if it cannot be read.
  init(path: String, _ shape: InputShape) throws {
    let table = try CSVTable(
      path: path,
      columns: ["dataset", "sub", "filename_o"] + (shape.isForTraining ? ["label"] : []))
    var names = NameRegister(path: path)
    var images: [String: (clip: Clip, line: Int)] = [:]
    var clips: [Clip] = []
    for row in table.rows {
      let clip = Clip(
        dataset: try names.name(row, "dataset"), subject: try names.name(row, "sub"),
        name: try names.name(row, "filename_o"),
        label: shape.isForTraining
          ? try ClassNumber.of(row, path: path, classes: shape.classes) : 0)
      try names.check(clip, line: row.line)
      let image = ReleaseFiles.imageName(clip)
      guard image.utf8.count <= FileName.limit else {
        throw DataError(
          path, line: row.line,
          "its image's name has \(image.utf8.count) bytes, and \(FileName.limit) fit: shorten sub or "
            + "filename_o")
      }
      if let first = images.updateValue((clip, row.line), forKey: image) {
        throw DataError(path, line: row.line, Self.reason(clip, first.clip, first.line, image))
      }
      clips.append(clip)
    }
    self.table = try ClipTable(
      path: path, clips: clips, lines: table.rows.map(\.line), hasFolds: shape.isForTraining)
    warnings =
      table.warnings
      + (!shape.isForTraining && table.others.contains("label")
        ? ["\(path): its column \"label\" is not read: predictions need none"] : [])
  }

  /// Why two clips cannot have one image.
  private static func reason(_ clip: Clip, _ first: Clip, _ line: Int, _ image: String) -> String {
    guard clip.person != first.person || clip.name != first.name else {
      return "the clip \(clip.subject)/\(clip.name) stands in line \(line) already"
    }
    return "the clip \(clip.person)/\(clip.name) has the image \"\(image)\", and so has "
      + "\(first.person)/\(first.name) in line \(line): give one of them another sub or filename_o, "
      + "and its image the name"
  }
}
