import Files

/// The names of a table as they are read: refuses those that one reader takes for two names and
/// another for one.
struct NameRegister {
  let path: String
  /// By `NearNames.key`.
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
    if let hidden = text.unicodeScalars.first(where: NearNames.isInvisible) {
      let digits = String(hidden.value, radix: 16, uppercase: true)
      let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      throw DataError(
        path, line: row.line,
        "column \"\(column)\" holds the invisible character \(code): remove it")
    }
    return text
  }

  /// - Throws: `DataError` if the dataset, or the subject within it, was written otherwise before,
  ///   or if the image has a name that no file can have.
  mutating func check(_ clip: Clip, line: Int) throws {
    let dataset = NearNames.key(clip.dataset)
    let subject = Person(dataset: dataset, subject: NearNames.key(clip.subject))
    for (what, name, first) in [
      ("dataset", clip.dataset, datasets[dataset]), ("subject", clip.subject, subjects[subject]),
    ] {
      guard let first, let difference = NearNames.difference(name, first.name) else { continue }
      throw DataError(
        path, line: line,
        "the \(what) \"\(name)\" is \"\(first.name)\" in line \(first.line), which "
          + "\(difference): write one name one way, and two names apart")
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
}
