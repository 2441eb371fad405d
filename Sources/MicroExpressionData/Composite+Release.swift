import Files

/// Names in the release's directory.
enum ReleaseLayout {
  static let labels = "combined_3_class2_for_optical_flow.csv"
  static let images = "STSNet_whole_norm_u_v_os"
  static let landmarks = "landmarks.csv"

  /// The file of a clip's flow image; the space before the extension is the release's own.
  static func image(subject: String, name: String) -> String { "\(images)/\(subject)_\(name) .png" }
}

extension Composite {
  /// Reads the release's own layout.
  ///
  /// - Parameters:
  ///   - classes: Labels must be in `0 ..< classes`.
  ///   - imageSize: Side that every image must have.
  /// - Throws: `DataError` for the first thing that is wrong, `FileError` for one that cannot be read.
  public static func load(_ configuration: DataConfiguration, classes: Int, imageSize: Int) throws
    -> Composite
  {
    let root = configuration.path
    guard try FileKind.of(root) == .directory else {
      throw DataError(root, "is no directory: name the release's directory with --data")
    }
    let labels = root + "/" + ReleaseLayout.labels
    guard try FileKind.of(labels) != nil else {
      throw DataError(
        labels,
        "there is no such file: is \(root) a directory in the release's layout (README.md)? "
          + "\"htnet synthesize\" makes one to try")
    }
    let (clips, lines) = try readClips(labels, classes: classes)
    if configuration.regions != .whole && imageSize % 4 != 0 {
      throw DataError(
        root,
        "model.image_size \(imageSize) is no multiple of 4, which data.regions "
          + "\(configuration.regions.rawValue) needs")
    }
    var warnings: [String] = []
    let landmarks = try readLandmarks(configuration, &warnings)
    if let landmarks {
      // A few lie outside in the release, where a face is turned.
      let outside = landmarks.points.values.count { !$0.areInside(side: imageSize) }
      if outside > landmarks.points.count / 2 {
        warnings.append(
          "\(landmarks.path): \(outside) of \(landmarks.points.count) clips have points outside the "
            + "image; they must be in pixels of the \(imageSize) × \(imageSize) image")
      }
    }
    try checkImagesExist(clips, root: root)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(clips.count * channels * imageSize * imageSize)
    for (clip, line) in zip(clips, lines) {
      let path = root + "/" + ReleaseLayout.image(subject: clip.subject, name: clip.name)
      let image = try PNGImage(path: path)
      guard image.width == imageSize, image.height == imageSize else {
        throw DataError(
          path, "is \(image.width) × \(image.height) pixels, but model.image_size is \(imageSize)")
      }
      let points: Landmarks
      if let landmarks {
        guard let found = landmarks.points[clip.subject + "/" + clip.name] else {
          throw DataError(
            landmarks.path,
            "has no row for the clip \(clip.subject)/\(clip.name) "
              + "(line \(line) of \(ReleaseLayout.labels))")
        }
        points = found
      } else {
        points = .published
      }
      pixels += configuration.regions.compose(image, points)
    }
    return Composite(clips: clips, side: imageSize, pixels: pixels, warnings: warnings)
  }

  private static func readClips(_ path: String, classes: Int) throws -> ([Clip], [Int]) {
    let table = try CSVTable(path: path)
    let dataset = try table.column("dataset")
    let subject = try table.column("sub")
    let name = try table.column("filename_o")
    let label = try table.column("label")
    var seen: [String: Int] = [:]
    var clips: [Clip] = []
    for row in table.rows {
      func text(_ column: Int) throws -> String {
        let text = row.fields[column]
        // By scalars: a slash and an accent after it are one character.
        guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0 == "/" || $0 == "\0" })
        else {
          throw DataError(
            path, line: row.line,
            "column \"\(table.header[column])\" is \"\(text)\": it must not be empty or hold a slash"
          )
        }
        return text
      }
      guard let value = Int(row.fields[label]) else {
        throw DataError(
          path, line: row.line, "the label \"\(row.fields[label])\" is not a whole number")
      }
      guard (0..<classes).contains(value) else {
        throw DataError(
          path, line: row.line,
          "the label \(value) is not in 0 … \(classes - 1) (model.classes is \(classes))")
      }
      let clip = Clip(
        dataset: try text(dataset), subject: try text(subject), name: try text(name), label: value)
      if let first = seen.updateValue(row.line, forKey: clip.subject + "/" + clip.name) {
        throw DataError(
          path, line: row.line,
          "the clip \(clip.subject)/\(clip.name) stands in line \(first) already")
      }
      clips.append(clip)
    }
    let subjects = Set(clips.map(\.subject))
    guard subjects.count >= 2 else {
      throw DataError(
        path, "has \(subjects.count) subjects; leaving one out needs at least 2")
    }
    return (clips, table.rows.map(\.line))
  }

  private static func readLandmarks(_ configuration: DataConfiguration, _ warnings: inout [String])
    throws -> (path: String, points: [String: Landmarks])?
  {
    if configuration.regions == .whole { return nil }
    let path = configuration.path + "/" + (configuration.landmarks ?? ReleaseLayout.landmarks)
    if try configuration.landmarks == nil && FileKind.of(path) == nil {
      warnings.append(
        "\(path): there is no landmarks file; every clip gets the published default points")
      return nil
    }
    return (path, try Landmarks.read(path))
  }

  private static func checkImagesExist(_ clips: [Clip], root: String) throws {
    let directory = root + "/" + ReleaseLayout.images
    guard try FileKind.of(directory) == .directory else {
      throw DataError(directory, "there is no such directory, which holds the images")
    }
    let missing = try clips.map {
      root + "/" + ReleaseLayout.image(subject: $0.subject, name: $0.name)
    }.filter { try FileKind.of($0) == nil }
    if let first = missing.first {
      throw DataError(
        first,
        "there is no such file (\(missing.count) of \(clips.count) images are missing; the "
          + "names have a space before .png)")
    }
  }
}
