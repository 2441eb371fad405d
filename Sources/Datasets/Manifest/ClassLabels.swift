import Wording

/// What a manifest's labels mean: all are numbers of classes, or all are names.
struct ClassLabels {
  private let path: String
  private let classes: Int
  /// What `data.class_names` gives; empty: nothing.
  private let names: [String]
  /// Whether the first row has a number, and its line.
  private var first: (isNumber: Bool, line: Int)?

  init(path: String, classes: Int, names: [String]) {
    self.path = path
    self.classes = classes
    self.names = names
  }

  /// What each class is called, by label.
  var classNames: [String] { names.isEmpty ? (0..<classes).map { "class \($0)" } : names }

  /// The class of a row.
  ///
  /// - Parameter all: All labels of the table, for messages.
  /// - Throws: `DataError`.
  mutating func label(_ row: CSVTable.Row, of all: [String]) throws -> Int {
    let text = row["label"]
    // Where classes are called by numbers, a number is a name.
    let isNumber = ClassNumber.isWhole(text) && !names.contains(where: ClassNumber.isWhole)
    let first = first ?? (isNumber, row.line)
    self.first = first
    guard isNumber == first.isNumber else {
      throw DataError(
        path, line: row.line,
        "the label \"\(text)\" is a \(isNumber ? "number" : "name"), and that in line \(first.line) a "
          + "\(isNumber ? "name" : "number"): write all one way")
    }
    let hasLetter = text.unicodeScalars.contains { $0.properties.isAlphabetic }
    if isNumber || (names.isEmpty && !hasLetter) {
      return try ClassNumber.of(row, path: path, classes: classes)
    }
    guard !names.isEmpty else {
      throw DataError(
        path, line: row.line,
        "the label \"\(text)\" is a name: give the names of all classes in the order of the classes "
          + "with data.class_names; the table has \(Self.list(Set(all).sorted()))")
    }
    guard let label = names.firstIndex(of: text) else {
      let near = NearNames.hint(text, among: names)
      let hint = Spelling.nearest(to: text, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
      throw DataError(
        path, line: row.line,
        "the label \"\(text)\" is none of data.class_names: \(Self.list(names))"
          + (near.isEmpty ? hint : near))
    }
    return label
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }
}
