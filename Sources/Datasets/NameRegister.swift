/// The names of a table as they are read: refuses those that one reader takes for two names and
/// another for one.
struct NameRegister {
  let path: String
  /// By `NearNames.key`.
  private var datasets: [String: (name: String, line: Int)] = [:]
  private var subjects: [Person: (name: String, line: Int)] = [:]
  /// Of each name that was met: names repeat from row to row, and a key takes long to find.
  private var keys: [String: String] = [:]

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
        "column \"\(row.title(column))\" is \"\(text)\": it must not be empty or hold a slash")
    }
    try requireVisible(row, column)
    return text
  }

  /// - Throws: `DataError` if a row's field holds what nobody can see.
  func requireVisible(_ row: CSVTable.Row, _ column: String) throws {
    guard let hidden = row[column].unicodeScalars.first(where: NearNames.isInvisible) else {
      return
    }
    let digits = String(hidden.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    throw DataError(
      path, line: row.line,
      "column \"\(row.title(column))\" holds the invisible character \(code): remove it")
  }

  /// - Throws: `DataError` if the dataset, or the subject within it, was written otherwise before.
  mutating func check(_ clip: Clip, line: Int) throws {
    let dataset = key(clip.dataset)
    let subject = Person(dataset: dataset, subject: key(clip.subject))
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
  }

  private mutating func key(_ name: String) -> String {
    if let known = keys[name] { return known }
    let key = NearNames.key(name)
    keys[name] = key
    return key
  }
}
