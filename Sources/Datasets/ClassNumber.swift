/// Labels that are the numbers of classes.
enum ClassNumber {
  /// Whether a text is a whole number as people write it: `0`, `12`, and `-1`, which is no class; not
  /// `-0`.
  static func isWhole(_ text: String) -> Bool {
    guard text != "-0" else { return false }
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    return !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
      && (digits == "0" || !digits.hasPrefix("0"))
  }

  /// The class that a row's column `label` gives.
  ///
  /// - Throws: `DataError` if that is no whole number in `0 ..< classes`.
  static func of(_ row: CSVTable.Row, path: String, classes: Int) throws -> Int {
    let text = row["label"]
    guard isWhole(text) else {
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
}
