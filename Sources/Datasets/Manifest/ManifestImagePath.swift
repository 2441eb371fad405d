/// An image's path as a manifest gives it.
struct ManifestImagePath {
  /// From the manifest's directory on, in one form: without `.` and without doubled slashes.
  let path: String
  /// Whether the table names a photograph, and the map beside it is meant.
  let isPhotograph: Bool

  static let photographs = [".jpg", ".jpeg"]

  /// - Throws: `DataError` for a path that does not stay in the manifest's directory.
  init(_ row: CSVTable.Row, path file: String) throws {
    let text = row["image"]
    let parts = text.unicodeScalars.split(separator: "/").map { String($0) }.filter { $0 != "." }
    func refuse(_ reason: String) -> DataError {
      DataError(file, line: row.line, "the image \"\(text)\" \(reason)")
    }
    guard !parts.isEmpty else {
      throw DataError(
        file, line: row.line, "column \"\(row.title("image"))\" is \"\(text)\", which names no file"
      )
    }
    guard text.unicodeScalars.first != "/" else {
      throw refuse("is an absolute path: write it from the manifest's directory on")
    }
    guard !parts.contains("..") else {
      throw refuse("may leave the manifest's directory: write it without ..")
    }
    let whole = parts.joined(separator: "/")
    let photograph = Self.photographs.first { whole.lowercased().hasSuffix($0) }
    isPhotograph = photograph != nil
    path = photograph.map { whole.dropLast($0.count) + ".png" } ?? whole
  }
}
