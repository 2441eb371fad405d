import Tasks
import Datasets
import Evaluation
import HTNetModel
import Kernels

/// A rule that a configuration breaks.
struct ConfigurationRule: Error, CustomStringConvertible {
  /// The key at fault.
  let key: String
  let reason: String
  var description: String { "\(key): \(reason)" }
}

extension RunConfiguration {
  /// Checks the rules that need no data.
  ///
  /// - Throws: `ConfigurationRule` for the first that fails.
  func validate() throws {
    func require(_ holds: Bool, _ key: String, _ reason: @autoclosure () -> String) throws {
      if !holds { throw ConfigurationRule(key: key, reason: reason()) }
    }
    do {
      try model.validate()
    } catch let error as HTNetConfigurationError {
      throw ConfigurationRule(key: "model." + error.key, reason: error.reason)
    }
    try data.validate(for: model)
    try require(
      data.regions == .whole || model.imageSize % 4 == 0, "model.image_size",
      "\(model.imageSize) is no multiple of 4, which data.regions \(data.regions.rawValue) needs")
    try require(
      (1...1_000_000).contains(training.epochs), "training.epochs",
      "\(training.epochs) is not in 1 … 1000000")
    let shards = training.gradientShards
    try require(
      (1...1024).contains(shards) && shards & (shards - 1) == 0, "training.gradient_shards",
      "\(shards) is not a power of two in 1 … 1024")
    try require(
      (1...65_536).contains(training.batchSize), "training.batch_size",
      "\(training.batchSize) is not in 1 … 65536")
    try require(
      training.batchSize >= shards, "training.batch_size",
      "\(training.batchSize == 1 ? "1 clip does" : "\(training.batchSize) clips do") not fill training.gradient_shards \(shards): each shard needs "
        + "one")
    try require(
      training.learningRate > 0 && training.learningRate <= 100, "training.learning_rate",
      "\(training.learningRate) is not greater than 0 and at most 100")
    try require(
      Float(training.learningRate) > 0, "training.learning_rate",
      "\(training.learningRate) is 0 in float32, in which weights are updated")
    do {
      _ = try ProductKernel.best(training.precision)
    } catch let error as UnsupportedPrecision {
      throw ConfigurationRule(key: "training.precision", reason: error.description)
    }
    if let threads = training.threadsPerRank {
      try require(
        (1...1024).contains(threads), "training.threads_per_rank",
        "\(threads) is not in 1 … 1024")
    }
    try require(
      ClusterConfiguration.stallLimits.contains(cluster.stallSeconds), "cluster.stall_seconds",
      "\(cluster.stallSeconds) is not in 10 … 86400")
    try require(
      (0...1_000_000_000).contains(checkpoint.everySeconds), "checkpoint.every_seconds",
      "\(checkpoint.everySeconds) is not in 0 … 1000000000")
    try require(
      (1...1000).contains(checkpoint.keep), "checkpoint.keep",
      "\(checkpoint.keep) is not in 1 … 1000")
    try require(
      (1...19).contains(checkpoint.compressionLevel), "checkpoint.compression_level",
      "\(checkpoint.compressionLevel) is not in 1 … 19")
    let protocols = evaluation.protocols
    try require(!protocols.isEmpty, "evaluation.protocols", "is empty: name at least one")
    try require(
      Set(protocols).count == protocols.count, "evaluation.protocols", "names one twice")
    try validateRecipe()
    try validateAugmentation()
    try validateSeeds()
    try validateSplits()
    if let ranks = cluster.ranksPerFold {
      try require(ranks >= 1, "cluster.ranks_per_fold", "\(ranks) is less than 1")
      try require(
        ranks <= shards, "cluster.ranks_per_fold",
        "\(ranks) ranks cannot share training.gradient_shards \(shards): each rank needs a shard")
    }
    for (key, names) in [("folds.include", folds.include), ("folds.exclude", folds.exclude)] {
      try require(Set(names).count == names.count, key, "names a fold twice")
    }
    if let both = folds.include.first(where: folds.exclude.contains) {
      throw ConfigurationRule(key: "folds.exclude", reason: "\"\(both)\" is in folds.include too")
    }
    try require(
      !data.path.isEmpty, "data.path",
      "is empty: name the release's directory with --data, or make one up: htnet synthesize")
  }
  private func validateSeeds() throws {
    let seeds = training.seeds
    guard Set(seeds).count == seeds.count else {
      throw ConfigurationRule(key: "training.seeds", reason: "names a seed twice")
    }
    guard seeds.isEmpty || seeds.contains(training.seed) else {
      throw ConfigurationRule(
        key: "training.seeds",
        reason: "lacks training.seed \(training.seed), which is the run's own: add it, or leave "
          + "training.seed out")
    }
  }

  /// Refuses several seeds where they cannot change a bit of a setting's trainings: their spread would be
  /// no measure of anything.
  func validateSeeds(of settings: [Setting]) throws {
    guard seeds.count > 1 else { return }
    for setting in settings
    where setting.sameAs == nil && !setting.configuration.drawsFromSeed {
      throw ConfigurationRule(
        key: "training.seeds",
        reason: (setting.name.isEmpty ? "" : "in the setting \"\(setting.name)\" ")
          + "the seeds cannot change a bit: weights are those of training.initial_weights, and nothing "
          + "else is drawn; name one seed, or set training.shuffle, model.dropout or an augmentation"
      )
    }
  }

  /// Whether another seed may change a training.
  private var drawsFromSeed: Bool {
    training.initialWeights == nil || training.shuffle || model.dropout > 0
      || augmentation.changesImages || augmentation.mixup > 0
      || evaluation.protocols.contains(where: \.needsInnerTrainings)
  }

  private func validateSplits() throws {
    guard (2...Splits.limit).contains(splits.groups) else {
      throw ConfigurationRule(
        key: "splits.groups", reason: "\(splits.groups) is not in 2 … \(Splits.limit)")
    }
    guard (1...InnerSplitConfiguration.most).contains(evaluation.nested.splits) else {
      throw ConfigurationRule(
        key: "evaluation.nested.splits",
        reason: "\(evaluation.nested.splits) is not in 1 … \(InnerSplitConfiguration.most)")
    }
    if let subjects = evaluation.nested.subjects, subjects < 1 {
      throw ConfigurationRule(
        key: "evaluation.nested.subjects", reason: "\(subjects) is less than 1")
    }
  }
}
