import Files

/// The names of a table as they are read: refuses those that one reader takes for two names and
/// another for one.
struct NameRegister {
  let path: String
  /// By what is left of a name without case, blanks and Unicode form.
  private var datasets: [String: (name: String, line: Int)] = [:]
  private var subjects: [Person: (name: String, line: Int)] = [:]

  init(path: String) { self.path = path }

  /// A name that a row gives.
  ///
  /// - Throws: `DataError` if it is empty, or holds a slash or what nobody can see.
  func name(_ row: CSVTable.Row, _ column: String) throws -> String {
    let text = row[column]
    // By scalars: a slash and an accent after it are one character.
    guard !text.isEmpty, !text.unicodeScalars.contains("/") else {
      throw DataError(
        path, line: row.line,
        "column \"\(column)\" is \"\(text)\": it must not be empty or hold a slash")
    }
    if let hidden = text.unicodeScalars.first(where: Self.isHidden) {
      let digits = String(hidden.value, radix: 16, uppercase: true)
      let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      throw DataError(
        path, line: row.line,
        "column \"\(column)\" holds the invisible character \(code): remove it")
    }
    return text
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// - Throws: `DataError` if the dataset, or the subject within it, was written otherwise before,
  ///   or if the image has a name that no file can have.
  mutating func check(_ clip: Clip, line: Int) throws {
    let dataset = Self.folded(clip.dataset)
    let subject = Person(dataset: dataset, subject: Self.folded(clip.subject))
    for (what, name, first) in [
      ("dataset", clip.dataset, datasets[dataset]), ("subject", clip.subject, subjects[subject]),
    ] {
      // By bytes: equal strings may be other file names.
      guard let first, !first.name.utf8.elementsEqual(name.utf8) else { continue }
      throw DataError(
        path, line: line,
        "the \(what) \"\(name)\" is \"\(first.name)\" in line \(first.line), which differs in case, "
          + "blanks or the bytes of a letter alone: write one name one way, and two names apart")
    }
    if datasets[dataset] == nil { datasets[dataset] = (clip.dataset, line) }
    if subjects[subject] == nil { subjects[subject] = (clip.subject, line) }
    let image = ReleaseFiles.imageName(clip)
    guard image.utf8.count <= FileName.limit else {
      throw DataError(
        path, line: line,
        "its image's name has \(image.utf8.count) bytes, and \(FileName.limit) fit: shorten sub or "
          + "filename_o")
    }
  }

  private static func folded(_ name: String) -> String {
    name.lowercased().filter { !$0.isWhitespace }
  }
}
