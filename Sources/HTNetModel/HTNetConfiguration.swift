/// The shape of an HTNet; the defaults are the paper's (139,582,982 parameters).
public struct HTNetConfiguration: Sendable, Equatable {
  /// Side of the square input image, in pixels.
  public var imageSize = 28
  /// Side of a square patch, in pixels; must divide `imageSize`.
  public var patchSize = 7
  /// Input channels: horizontal flow, vertical flow and optical strain in the composite.
  public var channels = 3
  /// Channels of the first level; doubled at every further level.
  public var dim = 256
  /// Attention heads of the first level; doubled at every further level.
  public var heads = 3
  /// Number of levels.
  public var hierarchies = 3
  /// Transformer blocks of each level; one entry a level.
  public var blockRepeats = [2, 2, 10]
  /// Width of the hidden layer of a block's MLP, as a multiple of the level's channels.
  public var mlpMultiple = 4
  /// Probability that dropout zeroes a value, in 0 ..< 1.
  public var dropout = 0.0
  /// Number of classes.
  public var classes = 3

  public init() {}
}

/// A rule of the model's shape that a configuration breaks.
public struct HTNetConfigurationError: Error, CustomStringConvertible, Equatable {
  /// The configuration key at fault, such as `patch_size`, without a section's name.
  public let key: String
  /// The rule and the numbers that break it.
  public let reason: String
  public var description: String { "\(key): \(reason)" }
}

extension HTNetConfiguration {
  /// Side of the feature map of the first level, in positions.
  public var mapSize: Int { imageSize / patchSize }
  /// Blocks a side at `level`: 2^(hierarchies - 1 - level).
  public func blocksPerSide(level: Int) -> Int { 1 << (hierarchies - 1 - level) }
  /// Side of the feature map at `level`, in positions; it halves from level to level.
  public func mapSize(level: Int) -> Int { mapSize >> level }
  /// Tokens that attend to one another inside a block; the same at every level.
  public var sequenceLength: Int {
    let side = mapSize / blocksPerSide(level: 0)
    return side * side
  }
  /// Channels at `level`: dim · 2^level.
  public func dim(level: Int) -> Int { dim << level }
  /// Attention heads at `level`: heads · 2^level.
  public func heads(level: Int) -> Int { heads << level }
  /// Channels of one head at `level`, rounded down: the heads together may be narrower than `dim`.
  public func headDim(level: Int) -> Int { dim(level: level) / heads(level: level) }
  /// Channels of all heads together at `level`.
  public func innerDim(level: Int) -> Int { headDim(level: level) * heads(level: level) }

  /// Checks every rule of the shape.
  ///
  /// - Throws: `HTNetConfigurationError` for the first rule that fails, with both numbers.
  public func validate() throws {
    func require(_ holds: Bool, _ key: String, _ reason: @autoclosure () -> String) throws {
      if !holds { throw HTNetConfigurationError(key: key, reason: reason()) }
    }
    let limit = 1 << 16
    for (key, value) in [
      ("image_size", imageSize), ("patch_size", patchSize), ("channels", channels), ("dim", dim),
      ("heads", heads), ("hierarchies", hierarchies), ("mlp_multiple", mlpMultiple),
    ] {
      try require((1...limit).contains(value), key, "\(value) is not in 1 … \(limit)")
    }
    try require(classes >= 2 && classes <= limit, "classes", "\(classes) is not in 2 … \(limit)")
    try require(
      dropout >= 0 && dropout < 1, "dropout", "\(dropout) is not at least 0 and less than 1")
    try require(hierarchies <= 10, "hierarchies", "\(hierarchies) is more than 10")
    try require(
      blockRepeats.count == hierarchies, "block_repeats",
      "has \(blockRepeats.count) \(blockRepeats.count == 1 ? "entry" : "entries"), but model.hierarchies is \(hierarchies): "
        + "one entry a level")
    for repeats in blockRepeats {
      try require(
        (1...1024).contains(repeats), "block_repeats", "the entry \(repeats) is not in 1 … 1024")
    }
    try require(
      imageSize % patchSize == 0, "patch_size",
      "\(patchSize) does not divide model.image_size \(imageSize)")
    let blocks = blocksPerSide(level: 0)
    try require(
      mapSize % blocks == 0, "hierarchies",
      "\(hierarchies) levels need \(blocks) blocks a side, which do not divide the feature map's "
        + "side \(mapSize) (model.image_size \(imageSize) / model.patch_size \(patchSize))")
    try require(
      heads <= dim, "heads", "\(heads) heads do not fit in model.dim \(dim): at most one a channel")
    try require(
      dim(level: hierarchies - 1) <= limit, "dim",
      "\(dim) doubled over \(hierarchies) levels gives \(dim(level: hierarchies - 1)) channels, "
        + "more than \(limit)")
  }
}
