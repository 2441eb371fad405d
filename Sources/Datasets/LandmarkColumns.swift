/// The landmarks that a table's rows give.
enum LandmarkColumns {
  /// 0: the detector found no face, and some points stand in for it; 1: it did.
  static let detected = "detected"

  /// - Throws: `DataError` for a field that is no number, or one of `detected` that is neither 0 nor 1.
  static func points(_ row: CSVTable.Row, path: String) throws -> (points: Landmarks, found: Bool) {
    let values = try Landmarks.columns.map { column in
      guard let value = number(row[column]) else {
        throw DataError(
          path, line: row.line,
          "column \"\(row.title(column))\" is \"\(row[column])\", not a number such as 9.5")
      }
      return value
    }
    let text = row[optional: detected] ?? "1"
    guard text == "0" || text == "1" else {
      throw DataError(
        path, line: row.line,
        "column \"\(detected)\" is \"\(text)\": 1 says that a face was found, 0 that the points stand "
          + "in for it")
    }
    return (Landmarks(values), text == "1")
  }

  /// A decimal number; hexadecimal digits and words such as `nan` are none here.
  private static func number(_ text: String) -> Double? {
    let isPlain = text.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-.eE".utf8.contains($0)
    }
    guard isPlain, let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// What must be known of the clips' points.
  ///
  /// - Parameter side: Of the maps, in pixels.
  static func warnings(_ clips: [(points: Landmarks, found: Bool)], path: String, side: Int)
    -> [String]
  {
    var warnings: [String] = []
    let missed = clips.count { !$0.found }
    if missed > 0 {
      warnings.append(
        "\(path): in \(missed) of \(clips.count) clips no face was found (\(detected) is 0): their "
          + "regions lie around points that stand in for it")
    }
    let outside = clips.count { !$0.points.areInside(side: side) }
    if outside > 0 {
      warnings.append(
        "\(path): \(outside) of \(clips.count) clips have points outside the \(side) × \(side) image, "
          + "in whose pixels they must be: their regions are moved inside")
    }
    let values = clips.flatMap(\.points.values)
    if let least = values.min(), let most = values.max(), most - least <= 1 {
      warnings.append(
        "\(path): all points lie within one pixel, so every clip's regions are the same corner: are "
          + "they fractions of the image's side? They must be pixels, 0 … \(side)")
    }
    return warnings
  }
}
