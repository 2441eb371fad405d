import Files
import Foundation

/// The images of a manifest.
struct ManifestImages {
  /// The manifest's directory.
  let root: String
  /// The manifest's name.
  let table: String
  private(set) var warnings: [String] = []

  /// The planes of images of so many channels, in the order of the model's: colours as the release has
  /// them, blue first, and alpha as one more.
  private static let planes = [1: [0], 2: [0, 1], 3: [2, 1, 0], 4: [2, 1, 0, 3]]
  private static let kinds = [
    1: "1 channel (grey)", 2: "2 channels (grey and alpha)",
    3: "3 channels (red, green and blue)", 4: "4 channels (red, green, blue and alpha)",
  ]

  init(root: String, table: String) {
    self.root = root
    self.table = table
  }

  /// Reads the clips' images, all of one shape.
  ///
  /// - Throws: `DataError` that names the first that is missing or cannot be used, or `FileError`.
  mutating func read(_ clips: ManifestClips, _ shape: InputShape) throws -> [FlowMap] {
    try requireAll(clips)
    var transparent: [String] = []
    let maps = try clips.images.enumerated().map { index, image in
      let path = root + "/" + image
      let samples = try PNGSamples(path: path)
      guard samples.width == shape.side, samples.height == shape.side else {
        let other =
          index == 0
          ? "model.image_size is \(shape.side)"
          : "\(clips.images[0]) is \(shape.side) × \(shape.side), as model.image_size says"
        throw DataError(path, "is \(samples.width) × \(samples.height) pixels, but \(other)")
      }
      guard samples.channels == shape.channels, let planes = Self.planes[shape.channels] else {
        throw DataError(
          path,
          "has \(Self.kinds[samples.channels] ?? ""), but model.channels is \(shape.channels)")
      }
      if samples.isTransparent && samples.channels % 2 == 1 { transparent.append(path) }
      return FlowMap(channels: shape.channels, side: shape.side, samples: samples.planes(planes))
    }
    if let warning = try linksWarning(clips) { warnings.append(warning) }
    if let first = transparent.first {
      warnings.append(
        "\(first): its transparent colour is taken as it stands, as in \(transparent.count) of "
          + "\(maps.count) images")
    }
    return maps
  }

  private func requireAll(_ clips: ManifestClips) throws {
    let missing = try clips.images.indices.filter {
      try FileKind.of(root + "/" + clips.images[$0]) == nil
    }
    guard let first = missing.first else { return }
    let image = clips.images[first]
    throw DataError(
      root + "/" + image,
      "there is no such file, which line \(clips.table.lines[first]) of \(table) needs "
        + "(\(missing.count) of \(clips.images.count) images are missing)" + (try hint(image)))
  }

  /// Which images links lead to that lie outside the manifest's directory; nil: none.
  private func linksWarning(_ clips: ManifestClips) throws -> String? {
    func real(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
    let inside = real(root) + "/"
    let outside = clips.images.filter { !real(root + "/" + $0).hasPrefix(inside) }
    return outside.first.map {
      "\(root)/\($0): is a link out of the manifest's directory, as \(outside.count) of "
        + "\(clips.images.count) images are: they are read from there"
    }
  }

  /// What is there and may be meant by the first part of a path that is not.
  private func hint(_ image: String) throws -> String {
    for ending in ManifestImagePath.photographs where image.hasSuffix(".png") {
      let photograph = image.dropLast(4) + ending
      if try FileKind.of(root + "/" + photograph) != nil {
        return
          "; \(photograph) is there, a photograph: its flow map is the .png of the same name, as "
          + "scripts/prepare makes it"
      }
    }
    var directory = root
    for part in image.split(separator: "/").map(String.init) {
      guard try FileKind.of(directory + "/" + part) == nil else {
        directory += "/" + part
        continue
      }
      let names = try FileKind.names(in: directory) ?? []
      let near = NearNames.hint(part, among: names) { _ in "in \(directory)" }
      return near.isEmpty && image.contains("\\")
        ? "; directories of a path are parted by /" : near
    }
    return ""
  }
}
