import Datasets
import Training
import Wording

/// Rules of how a fold is trained beyond the published way.
extension RunConfiguration {
  func validateRecipe() throws {
    try require(
      training.weightDecay >= 0 && training.weightDecay * training.learningRate < 1,
      "training.weight_decay",
      "\(training.weightDecay) is not at least 0 and, times training.learning_rate, less than 1")
    try require(
      training.optimizer == .adamw || training.weightDecay == 0, "training.weight_decay",
      "\(training.weightDecay) is for training.optimizer adamw, and the optimizer is adam")
    try require(
      Set(training.noDecay).count == training.noDecay.count, "training.no_decay", "names one twice")
    try require(
      (0..<training.epochs).contains(training.warmupEpochs) || training.warmupEpochs == 0,
      "training.warmup_epochs",
      "\(training.warmupEpochs) is not at least 0 and less than training.epochs \(training.epochs)")
    try require(
      (0...1).contains(training.scheduleFloor), "training.schedule_floor",
      "\(training.scheduleFloor) is not in 0 … 1")
    try require(
      (1...1_000_000).contains(training.stepEpochs), "training.step_epochs",
      "\(training.stepEpochs) is not in 1 … 1000000")
    try require(
      training.stepFactor > 0 && training.stepFactor <= 1, "training.step_factor",
      "\(training.stepFactor) is not greater than 0 and at most 1")
    try require(
      (0..<1).contains(training.labelSmoothing), "training.label_smoothing",
      "\(training.labelSmoothing) is not at least 0 and less than 1")
    if case .listed(let weights) = training.classWeights {
      try require(
        weights.count == model.classes, "training.class_weights",
        "has \(counted(weights.count, "number")), but model.classes is \(model.classes): one a class"
      )
      try require(
        weights.allSatisfy { $0 > 0 && $0 <= 1e6 }, "training.class_weights",
        "holds a number that is not greater than 0 and at most 1000000")
    }
    try require(
      (0...1e6).contains(training.clipNorm), "training.clip_norm",
      "\(training.clipNorm) is not in 0 … 1000000")
    try require(
      (0..<1).contains(training.ema), "training.ema",
      "\(training.ema) is not at least 0 and less than 1")
    try require(
      (0...1_000_000).contains(training.earlyEndEpochs), "training.early_end_epochs",
      "\(training.earlyEndEpochs) is not in 0 … 1000000")
    try require(
      (0..<1).contains(training.earlyEndDelta), "training.early_end_delta",
      "\(training.earlyEndDelta) is not at least 0 and less than 1")
  }

  func validateAugmentation() throws {
    try require(
      (0...1).contains(augmentation.mirror), "augmentation.mirror",
      "\(augmentation.mirror) is not in 0 … 1")
    let region = data.regions == .whole ? model.imageSize : model.imageSize / 2
    try require(
      (0..<region).contains(augmentation.shift), "augmentation.shift",
      "\(augmentation.shift) is not at least 0 and less than a region's \(region) pixels")
    try require(
      (0...1).contains(augmentation.motion), "augmentation.motion",
      "\(augmentation.motion) is not in 0 … 1")
    try require(
      augmentation.motion == 0 || data.scaling != .clip || augmentation.noise > 0,
      "augmentation.motion",
      "\(augmentation.motion), but data.scaling clip undoes it, since no augmentation.noise stands "
        + "beside it: leave it out")
    try require(
      (0...255).contains(augmentation.noise), "augmentation.noise",
      "\(augmentation.noise) is not in 0 … 255")
    try require(
      (0...1000).contains(augmentation.mixup), "augmentation.mixup",
      "\(augmentation.mixup) is not in 0 … 1000")
    try require(
      (0...255).contains(augmentation.still), "augmentation.still",
      "\(augmentation.still) is not in 0 … 255")
    try require(
      augmentation.mirror == 0 || (0..<model.channels).contains(augmentation.horizontalChannel),
      "augmentation.horizontal_channel",
      "\(augmentation.horizontalChannel) is none of the \(model.channels) channels, which "
        + "augmentation.mirror needs to know")
    if augmentation.mirror > 0, let horizontal = data.format.horizontal {
      try require(
        augmentation.horizontalChannel == horizontal, "augmentation.horizontal_channel",
        "\(augmentation.horizontalChannel), but data.format \(data.format.rawValue) has the horizontal "
          + "flow in channel \(horizontal)")
    }
    try require(
      augmentation.horizontalChannel >= 0, "augmentation.horizontal_channel",
      "\(augmentation.horizontalChannel) is less than 0")
  }

  private func require(_ holds: Bool, _ key: String, _ reason: @autoclosure () -> String) throws {
    if !holds { throw ConfigurationRule(key: key, reason: reason()) }
  }
}
