import Files

/// Names in the release's directory.
enum ReleaseFiles {
  static let labels = "combined_3_class2_for_optical_flow.csv"
  static let images = "STSNet_whole_norm_u_v_os"
  static let landmarks = "landmarks.csv"

  /// The file of a clip's flow image; the space before the extension is the release's own.
  static func imageName(subject: String, name: String) -> String { "\(subject)_\(name) .png" }
  static func imageName(_ clip: Clip) -> String {
    imageName(subject: clip.subject, name: clip.name)
  }
}

extension Dataset {
  /// Reads the release's own layout.
  ///
  /// - Parameters:
  ///   - classes: Labels must be in `0 ..< classes`.
  ///   - imageSize: Side that every image must have.
  /// - Throws: `DataError` for the first thing that is wrong, `FileError` for one that cannot be read.
  public static func load(_ configuration: DataConfiguration, classes: Int, imageSize: Int) throws
    -> Dataset
  {
    let root = configuration.path
    guard try FileKind.of(root) == .directory else {
      throw DataError(root, "is no directory: name the release's directory with --data")
    }
    let labels = root + "/" + ReleaseFiles.labels
    guard try FileKind.of(labels) != nil else {
      throw DataError(
        labels,
        "there is no such file: is \(root) a directory in the release's layout (README.md)? "
          + "\"htnet synthesize\" makes one to try")
    }
    let clips = try ReleaseClips(path: labels, classes: classes)
    if configuration.regions != .whole && imageSize % 4 != 0 {
      throw DataError(
        root,
        "model.image_size \(imageSize) is no multiple of 4, which data.regions "
          + "\(configuration.regions.rawValue) needs")
    }
    var warnings = clips.warnings
    let points = try landmarks(configuration, of: clips, side: imageSize, &warnings)
    var images = try ReleaseImages(clips, root: root)
    let pixels = try zip(images.read(clips.clips, side: imageSize), points).flatMap {
      configuration.regions.compose($0, $1)
    }
    return Dataset(
      clips: clips.clips, side: imageSize, pixels: pixels, warnings: warnings + images.warnings)
  }

  /// The points of each clip.
  private static func landmarks(
    _ configuration: DataConfiguration, of clips: ReleaseClips, side: Int,
    _ warnings: inout [String]
  ) throws -> [Landmarks] {
    let published = Array(repeating: Landmarks.published, count: clips.clips.count)
    if configuration.regions == .whole {
      if let name = configuration.landmarks {
        warnings.append("data.landmarks: \(name) is not read, as data.regions is whole")
      }
      return published
    }
    let path = configuration.path + "/" + (configuration.landmarks ?? ReleaseFiles.landmarks)
    if try configuration.landmarks == nil && FileKind.of(path) == nil {
      warnings.append(
        "\(path): there is no landmarks file; every clip gets the published default points")
      return published
    }
    var file = try LandmarksFile(path: path)
    let points = try file.points(of: clips, side: side)
    warnings += file.warnings
    return points
  }
}
