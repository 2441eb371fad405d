import Files
import Foundation

/// Reads a table with a row for each clip: its image, its label, its subject, and what else it gives.
public struct ManifestReader: DatasetReader {
  static let fileName = "manifest.csv"

  private let configuration: DataConfiguration
  public var path: String { configuration.path }

  public init(_ configuration: DataConfiguration) { self.configuration = configuration }

  public func read(_ shape: InputShape) throws -> SourceClips {
    let file = try file()
    let root = (file as NSString).deletingLastPathComponent
    let clips = try ManifestClips(path: file, configuration, shape)
    var images = ManifestImages(
      root: root.isEmpty ? "." : root, table: (file as NSString).lastPathComponent)
    let maps = try images.read(clips, shape)
    return SourceClips(
      clips: clips.table.clips, classNames: clips.classNames, maps: maps,
      landmarks: clips.landmarks, images: clips.images, warnings: clips.warnings + images.warnings)
  }

  /// The table: what the path names, or `manifest.csv` in it.
  private func file() throws -> String {
    switch try FileKind.of(path) {
    case .file: return path
    case nil:
      throw DataError(
        path, "is not there: name a manifest, or the directory of a \(Self.fileName), with --data")
    case .directory:
      let file = path + "/" + Self.fileName
      guard try FileKind.of(file) != nil else {
        throw DataError(
          file,
          "there is no such file; data.format manifest needs a table with the columns "
            + ManifestColumns.required.joined(separator: ", "))
      }
      return file
    }
  }
}
