/// The columns of a manifest, and what its header calls them.
public enum ManifestColumns {
  static let required = ["image", "label", "subject"]
  static let optional = ["dataset", "clip"]
  static let all = required + optional + Landmarks.columns + [LandmarkColumns.detected]

  /// The header's names for columns, by column.
  ///
  /// - Parameter texts: Each as `column=name`.
  /// - Throws: `DataError` for a text that is not of this form, and for a column that a manifest has not
  ///   or that is named twice.
  public static func titles(_ texts: [String]) throws -> [String: String] {
    func refuse(_ reason: String) -> DataError { DataError("data.columns", reason) }
    var titles: [String: String] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(String.init)
      guard parts.count == 2, !parts[1].isEmpty else {
        throw refuse("\"\(text)\" is not of the form column=name, such as label=emotion")
      }
      guard all.contains(parts[0]) else {
        throw refuse(
          "a manifest has no column \"\(parts[0])\"; its columns are \(all.joined(separator: ", "))"
        )
      }
      if let other = titles.updateValue(parts[1], forKey: parts[0]) {
        throw refuse("the column \"\(parts[0])\" is called \"\(other)\" and \"\(parts[1])\"")
      }
    }
    // One column of the table must not serve for two.
    let used = all.map { titles[$0] ?? $0 }
    for (column, title) in titles.sorted(by: { $0.key < $1.key })
    where used.count(where: { $0 == title }) > 1 {
      throw refuse("\"\(title)\" would be the column \"\(column)\" and another one")
    }
    return titles
  }
}
