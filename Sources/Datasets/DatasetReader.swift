/// What the model takes: a data set that does not fit is refused.
public struct InputShape: Sendable, Equatable {
  public let classes: Int
  public let channels: Int
  /// Pixels a side.
  public let side: Int
  /// Whether the clips are trained on: then each has a label, and there are two subjects at least.
  /// Otherwise labels are not read, and every clip's stands as 0.
  public let isForTraining: Bool

  public init(classes: Int, channels: Int, side: Int, isForTraining: Bool = true) {
    self.classes = classes
    self.channels = channels
    self.side = side
    self.isForTraining = isForTraining
  }
}

/// What a reader yields: a data set before its regions are composed.
public struct SourceClips: Sendable {
  public let clips: [Clip]
  /// What each class is called, by label.
  public let classNames: [String]
  /// One a clip, all of the shape that was asked for.
  public let maps: [FlowMap]
  /// One a clip. Meaningless when `data.regions` is `whole`.
  let landmarks: [Landmarks]
  /// Each clip's image file, from the data's directory on; nil: there are none.
  let images: [String]?
  /// What the reader noticed and went on with.
  public let warnings: [String]
}

/// Where a data set comes from: files in some layout, or a rule that makes it up.
///
/// A reader knows its layout; what becomes of the clips, and of the regions around the landmarks, is the
/// same for all (`Dataset.init(_:regions:shape:)`).
public protocol DatasetReader: Sendable {
  /// The data set's place, for messages.
  var path: String { get }

  /// Reads and checks all clips: names by `NameRegister`, clips that stand twice by
  /// `ClipTable`, classes called as `data.class_names` says where it is set.
  ///
  /// - Parameter shape: What every map and label must fit.
  /// - Throws: `DataError` for the first thing that is wrong, `FileError` for one that cannot be read.
  func read(_ shape: InputShape) throws -> SourceClips
}

extension Dataset {
  /// Reads a data set and composes its input.
  ///
  /// - Parameter mirroring: How the mirrored clips' input is composed too; nil: it is not needed.
  /// - Throws: As `DatasetReader.read`.
  public init(
    _ reader: some DatasetReader, regions: Regions, shape: InputShape,
    mirroring: Mirroring? = nil
  ) throws {
    guard regions == .whole || shape.side % 4 == 0 else {
      throw DataError(
        reader.path,
        "model.image_size \(shape.side) is no multiple of 4, which data.regions "
          + "\(regions.rawValue) needs")
    }
    let source = try reader.read(shape)
    var samples: [UInt16] = []
    samples.reserveCapacity(source.clips.count * shape.channels * shape.side * shape.side)
    for (map, landmarks) in zip(source.maps, source.landmarks) {
      regions.compose(map, landmarks, into: &samples)
    }
    // Of the mirrored map: regions of the composed input do not lie where those of a mirrored one do.
    let mirrored = mirroring.map { mirror in
      var samples: [UInt16] = []
      for (map, landmarks) in zip(source.maps, source.landmarks) {
        regions.compose(mirror(map), mirror(landmarks, side: shape.side), into: &samples)
      }
      return Pixels(samples)
    }
    self.init(
      clips: source.clips, classNames: source.classNames, channels: shape.channels,
      side: shape.side, pixels: Pixels(samples), mirrored: mirrored, images: source.images,
      warnings: source.warnings,
      sharedImages: source.sameImages.filter { group in
        Set(group.map { source.clips[$0].person }).count > 1
      })
  }

  /// Reads the data set that a configuration names.
  ///
  /// - Throws: As `DatasetReader.read`.
  public static func load(
    _ configuration: DataConfiguration, _ shape: InputShape, mirroring: Mirroring? = nil
  ) throws -> Dataset {
    func compose(_ reader: some DatasetReader) throws -> Dataset {
      try Dataset(reader, regions: configuration.regions, shape: shape, mirroring: mirroring)
    }
    return try compose(reader(configuration))
  }

  /// Reads the clips that a configuration names, before their regions are composed.
  ///
  /// - Throws: As `DatasetReader.read`.
  public static func source(_ configuration: DataConfiguration, _ shape: InputShape) throws
    -> SourceClips
  {
    try reader(configuration).read(shape)
  }

  private static func reader(_ configuration: DataConfiguration) -> any DatasetReader {
    switch configuration.format {
    case .release: ReleaseReader(configuration)
    case .manifest: ManifestReader(configuration)
    }
  }
}
