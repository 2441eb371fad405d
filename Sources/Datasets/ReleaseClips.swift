import Files

/// The clips of the release's table, checked.
struct ReleaseClips {
  let path: String
  let clips: [Clip]
  /// The line of each clip.
  let lines: [Int]
  let warnings: [String]

  /// - Parameter classes: Labels must be in `0 ..< classes`.
  /// - Throws: `DataError` for the first line that is wrong, `FileError` if it cannot be read.
  init(path: String, classes: Int) throws {
    let table = try CSVTable(path: path, columns: ["dataset", "sub", "filename_o", "label"])
    var names = NameRegister(path: path)
    var images: [String: (clip: Clip, line: Int)] = [:]
    var clips: [Clip] = []
    for row in table.rows {
      let clip = Clip(
        dataset: try names.name(row, "dataset"), subject: try names.name(row, "sub"),
        name: try names.name(row, "filename_o"),
        label: try Self.label(row, path: path, classes: classes))
      try names.check(clip, line: row.line)
      let image = ReleaseFiles.imageName(clip)
      if let first = images.updateValue((clip, row.line), forKey: image) {
        throw DataError(path, line: row.line, Self.reason(clip, first.clip, first.line, image))
      }
      clips.append(clip)
    }
    self.path = path
    self.clips = clips
    lines = table.rows.map(\.line)
    warnings = table.warnings
    let persons = Set(clips.map(\.person))
    guard persons.count >= 2 else {
      throw DataError(
        path, "has \(persons.count) subjects; leaving one out needs at least 2")
    }
    try checkFoldNames()
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

  private static func label(_ row: CSVTable.Row, path: String, classes: Int) throws -> Int {
    let text = row["label"]
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let isPlain =
      !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
      && (digits == "0" || !digits.hasPrefix("0"))
    guard isPlain else {
      throw DataError(
        path, line: row.line, "the label \"\(text)\" is not a whole number such as 1")
    }
    guard let value = Int(text), (0..<classes).contains(value) else {
      throw DataError(
        path, line: row.line,
        "the label \(text) is not in 0 … \(classes - 1) (model.classes is \(classes))")
    }
    return value
  }

  /// Refuses a person whose fold could have no directory of its name.
  private func checkFoldNames() throws {
    let names = Dataset(clips: clips, side: 0, pixels: []).foldNames
    for (clip, line) in zip(clips, lines) {
      let name = names[clip.person] ?? ""
      let bytes = FileName.escaped(name).utf8.count
      guard bytes > FileName.ownLimit else { continue }
      throw DataError(
        path, line: line,
        "the subject \"\(name)\" needs a directory whose name has \(bytes) bytes (all but a-z, A-Z, "
          + "0-9, '.', '-' and '_' take three), and \(FileName.ownLimit) fit: shorten it")
    }
  }
}
