import Files

/// The images of the release's directory.
struct ReleaseImages {
  let root: String
  private(set) var warnings: [String] = []
  private var directory: String { root + "/" + ReleaseFiles.images }

  /// Looks whether every clip has its image.
  ///
  /// - Throws: `DataError` that names the first that is missing, `FileError` if nobody can say.
  init(_ clips: ReleaseClips, root: String) throws {
    self.root = root
    guard try FileKind.of(directory) == .directory, let names = try FileKind.names(in: directory)
    else {
      throw DataError(
        directory, "there is no such directory; the clips' images must lie in it")
    }
    let missing = try clips.clips.indices.filter {
      try FileKind.of(path(clips.clips[$0])) == nil
    }
    if let first = missing.first {
      let clip = clips.clips[first]
      throw DataError(
        path(clip),
        "there is no such file, which line \(clips.lines[first]) of \(ReleaseFiles.labels) needs "
          + "(\(missing.count) of \(clips.clips.count) images are missing; the names have a space "
          + "before .png)" + Self.hint(clip, names: names))
    }
    let wanted = Set(clips.clips.map(ReleaseFiles.imageName))
    let all = names.filter { $0.hasSuffix(".png") }
    let others = all.filter { !wanted.contains($0) }.sorted()
    if let first = others.first {
      warnings.append(
        "\(directory): \(others.count) of \(all.count) images are of no clip in "
          + "\(ReleaseFiles.labels), \"\(first)\" the first")
    }
  }

  func path(_ clip: Clip) -> String { directory + "/" + ReleaseFiles.imageName(clip) }

  /// A file that is there and that the missing one may be.
  private static func hint(_ clip: Clip, names: [String]) -> String {
    let wanted = ReleaseFiles.imageName(clip)
    if names.contains(where: { $0.utf8.elementsEqual(wanted.utf8) }) {
      return "; it is a link to a file that is not there"
    }
    return NearNames.hint(wanted, among: names)
  }

  /// Reads the clips' images, all of `side` pixels a side; grey stands in all channels, and alpha is left
  /// out.
  ///
  /// - Throws: `DataError` that names the first that cannot be used, or `FileError`.
  mutating func read(_ clips: [Clip], side: Int) throws -> [FlowMap] {
    var grey: [String] = []
    var transparent: [String] = []
    let maps = try clips.map { clip in
      let path = path(clip)
      let image = try PNGSamples(path: path)
      guard image.width == side, image.height == side else {
        throw DataError(
          path, "is \(image.width) × \(image.height) pixels, but model.image_size is \(side)")
      }
      if image.isGrey { grey.append(path) }
      if image.isTransparent { transparent.append(path) }
      return FlowMap(channels: 3, side: side, samples: try image.releasePlanes(path: path))
    }
    if let first = grey.first {
      warnings.append(
        "\(first): is grey, as \(grey.count) of \(clips.count) images are: strain and flow are "
          + "the same numbers there")
    }
    if let first = transparent.first {
      warnings.append(
        "\(first): its transparency is left out and its colours taken as they stand, as in "
          + "\(transparent.count) of \(clips.count) images")
    }
    return maps
  }
}
