import Evaluation
import Files

/// Reads the layout of HTNet's own release.
public struct ReleaseReader: DatasetReader {
  private let configuration: DataConfiguration
  public var path: String { configuration.path }

  public init(_ configuration: DataConfiguration) { self.configuration = configuration }

  public func read(_ shape: InputShape) throws -> SourceClips {
    guard try FileKind.of(path) == .directory else {
      throw DataError(path, "is no directory: name the release's directory with --data")
    }
    let labels = path + "/" + ReleaseFiles.labels
    guard try FileKind.of(labels) != nil else {
      throw DataError(
        labels,
        "there is no such file: is \(path) a directory in the release's layout (README.md)? "
          + "\"htnet synthesize\" makes one to try")
    }
    guard shape.channels == 3 else {
      throw DataError(
        path,
        "its images have 3 channels, strain and two flows, but model.channels is \(shape.channels)"
      )
    }
    let table = try ReleaseClips(path: labels, shape)
    var warnings = table.warnings
    let landmarks = try landmarks(of: table, side: shape.side, &warnings)
    var images = try ReleaseImages(table, root: path)
    let maps = try images.read(table.clips, side: shape.side)
    let names =
      configuration.classNames.isEmpty
      ? PublishedComposite.classNames(
        shape.classes, datasets: Set(table.clips.map(\.dataset)))
      : configuration.classNames
    return SourceClips(
      clips: table.clips, classNames: names, maps: maps, landmarks: landmarks,
      images: table.clips.map(ReleaseFiles.imagePath),
      warnings: warnings + images.warnings)
  }

  /// The points of each clip.
  private func landmarks(
    of table: ReleaseClips, side: Int, _ warnings: inout [String]
  ) throws -> [Landmarks] {
    let published = Array(repeating: Landmarks.published, count: table.clips.count)
    if configuration.regions == .whole { return published }
    let file = path + "/" + (configuration.landmarks ?? ReleaseFiles.landmarks)
    if try configuration.landmarks == nil && FileKind.of(file) == nil {
      warnings.append(
        "\(file): there is no landmarks file; every clip gets the published default points")
      return published
    }
    var points = try LandmarksFile(path: file)
    let landmarks = try points.points(of: table, side: side)
    warnings += points.warnings
    return landmarks
  }
}
