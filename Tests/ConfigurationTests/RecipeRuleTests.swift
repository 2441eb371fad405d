import Configuration
import TestSupport
import XCTest

/// Limits of the recipe's keys, and keys that change nothing.
final class RecipeRuleTests: XCTestCase {
  private func load(_ overrides: [String]) throws -> LoadedConfiguration {
    try RunConfiguration.loadNoting(file: nil, overrides: overrides, data: "data")
  }

  func testLimits() {
    for (overrides, reason) in [
      (
        ["training.weight_decay=-0.1", "training.optimizer=adamw"],
        "-0.1 is not at least 0 and, times training.learning_rate, less than 1"
      ),
      (
        ["training.weight_decay=0.1"],
        "0.1 is for training.optimizer adamw, and the optimizer is adam"
      ),
      (["training.no_decay=norms,norms"], "names one twice"),
      (
        ["training.no_decay=gains"],
        "expected weights or norms or biases or positions, found \"gains\""
      ),
      (
        ["training.warmup_epochs=800"],
        "800 is not at least 0 and less than training.epochs 800"
      ),
      (["training.schedule_floor=1.5"], "1.5 is not in 0 … 1"),
      (["training.step_epochs=0"], "0 is not in 1 … 1000000"),
      (["training.step_factor=0"], "0.0 is not greater than 0 and at most 1"),
      (["training.label_smoothing=-0.1"], "-0.1 is not at least 0 and less than 1"),
      (["training.label_smoothing=1"], "1.0 is not at least 0 and less than 1"),
      (["training.class_weights=[1, 2]"], "has 2 numbers, but model.classes is 3: one a class"),
      (
        ["training.class_weights=[1, 0, 2]"],
        "holds a number that is not greater than 0 and at most 1000000"
      ),
      (
        ["training.class_weights=even"],
        "expected none, balanced or a list of numbers, such as [1, 2, 2], found \"even\""
      ),
      (["training.clip_norm=-1"], "-1.0 is not in 0 … 1000000"),
      (["training.ema=1"], "1.0 is not at least 0 and less than 1"),
      (["training.early_end_epochs=-1"], "-1 is not in 0 … 1000000"),
      (["training.early_end_delta=1"], "1.0 is not at least 0 and less than 1"),
      (["training.schedule=linear"], "expected constant or cosine or step, found \"linear\""),
      (["data.scaling=minmax"], "expected raw, standard or clip, found \"minmax\""),
      (["augmentation.mirror=1.1"], "1.1 is not in 0 … 1"),
      (["augmentation.shift=14"], "14 is not at least 0 and less than a region's 14 pixels"),
      (["augmentation.shift=-1"], "-1 is not at least 0 and less than a region's 14 pixels"),
      (["augmentation.motion=2"], "2.0 is not in 0 … 1"),
      (["augmentation.noise=-1"], "-1.0 is not in 0 … 255"),
      (["augmentation.mixup=-1"], "-1.0 is not in 0 … 1000"),
      (["augmentation.still=256"], "256.0 is not in 0 … 255"),
      (
        ["augmentation.horizontal_channel=3", "augmentation.mirror=0.5"],
        "3 is none of the 3 channels, which augmentation.mirror needs to know"
      ),
      (
        ["augmentation.motion=0.2", "data.scaling=clip"],
        "0.2, but data.scaling clip undoes it, since no augmentation.noise stands beside it: leave it "
          + "out"
      ),
      (
        ["augmentation.horizontal_channel=1", "augmentation.mirror=0.5"],
        "1, but data.format release has the horizontal flow in channel 2"
      ),
    ] {
      let key = overrides[0].prefix { $0 != "=" }
      XCTAssertEqual(
        errorText { try load(overrides) }, "--set \(overrides[0]): \(key): \(reason)")
    }
  }

  func testWhatIsLegalIsRead() throws {
    let configuration = try load([
      "training.optimizer=adamw", "training.weight_decay=0.05", "training.no_decay=norms",
      "training.schedule=cosine", "training.warmup_epochs=5", "training.class_weights=[1, 2.5, 3]",
      "training.ema=0.99", "augmentation.mirror=0.5", "data.scaling=standard",
    ]).configuration
    XCTAssertEqual(configuration.training.classWeights, .listed([1, 2.5, 3]))
    XCTAssertEqual(configuration.training.noDecay, [.norms])
    XCTAssertEqual(try RunConfiguration(yaml: configuration.yaml, file: "f"), configuration)
    // A digest is of what is not at its default.
    XCTAssertNotEqual(
      configuration.resultSHA256(initialWeightsSHA256: nil),
      try load([]).configuration.resultSHA256(initialWeightsSHA256: nil))
  }

  func testKeysThatChangeNothingAreSaid() throws {
    for (overrides, key, needs) in [
      (["training.no_decay=norms"], "training.no_decay", "training.weight_decay"),
      (["training.schedule_floor=0.5"], "training.schedule_floor", "training.schedule cosine"),
      (
        ["training.step_epochs=5", "training.schedule=cosine"], "training.step_epochs",
        "training.schedule step"
      ),
      (
        ["training.early_end_delta=0.1"], "training.early_end_delta", "training.early_end_epochs"
      ),
      (
        ["augmentation.still=128"], "augmentation.still",
        "augmentation.mirror or augmentation.motion"
      ),
      (
        ["augmentation.horizontal_channel=1"], "augmentation.horizontal_channel",
        "augmentation.mirror"
      ),
      (
        ["evaluation.nested.splits=2"], "evaluation.nested.splits",
        "nested among evaluation.protocols"
      ),
      (["splits.groups=3"], "splits.groups", "splits.by groups"),
      (
        ["training.schedule=step", "training.epochs=100"], "training.schedule",
        "training.step_epochs below training.epochs"
      ),
      (
        ["training.step_epochs=60", "training.epochs=60", "study={training.schedule: [step]}"],
        "training.step_epochs", "a value below training.epochs"
      ),
      (
        ["training.schedule=step", "study={training.step_factor: [1]}"], "training.schedule",
        "training.step_factor below 1"
      ),
      (
        ["training.schedule=cosine", "study={training.schedule_floor: [1]}"], "training.schedule",
        "training.schedule_floor below 1"
      ),
      (["training.optimizer=adamw"], "training.optimizer", "training.weight_decay"),
      (
        ["data.landmarks=x.csv", "data.regions=whole"], "data.landmarks",
        "data.regions published or corrected"
      ),
    ] {
      XCTAssertEqual(
        try load(overrides).notices,
        ["note: --set \(overrides[0]): \(key) changes nothing without \(needs)"])
    }
    XCTAssertEqual(
      try load(["training.schedule=step", "training.step_epochs=5", "training.step_factor=0.5"])
        .notices, [])
    // A study over such a key trains one of its settings.
    let settings = try load(["study={training.step_epochs: [100, 5, 7]}"]).settings
    XCTAssertEqual(settings.map(\.sameAs), [nil, 0, 0])
    XCTAssertEqual(settings.map(\.inertKey), [nil, "training.step_epochs", "training.step_epochs"])
    XCTAssertEqual(
      try load(["study={training.step_epochs: [100, 5, 7]}", "training.schedule=step"])
        .settings.map(\.sameAs), [nil, nil, nil])
  }

  /// Keys that one setting of the study uses.
  func testAKeyIsInertOnlyWhereNoSettingUsesIt() throws {
    for (overrides, notices) in [
      (["training.schedule_floor=0.1", "study={training.schedule: [constant, cosine]}"], 0),
      (["training.schedule_floor=0.1", "study={training.schedule: [constant, step]}"], 1),
      (["augmentation.still=128", "study={augmentation.motion: [0, 0.2]}"], 0),
      (["augmentation.still=128", "study={augmentation.noise: [0, 2]}"], 1),
      (["model.heads=2", "study={model.dropout: [0, 0.5]}"], 0),
      (["model.heads=2", "study={training.epochs: [3, 5]}"], 1),
      // The run's own configuration is not among the settings.
      (["training.schedule_floor=0.1", "study={training.schedule: [cosine]}"], 0),
    ] {
      XCTAssertEqual(try load(overrides).notices.count, notices, "\(overrides)")
    }
  }

  func testWhatIsTheSameScheduleOrOptimizerIsTrainedOnce() throws {
    for (study, key) in [
      ("{training.optimizer: [adam, adamw]}", "training.optimizer"),
      ("{training.optimizer: [adamw, adam]}", "training.optimizer"),
      ("{training.schedule: [constant, step]}", "training.schedule"),
      ("{training.schedule: [step, constant]}", "training.schedule"),
    ] {
      let settings = try load(["study=\(study)", "training.epochs=100"]).settings
      XCTAssertEqual(settings.compactMap(\.sameAs).count, 1, study)
      XCTAssertEqual(settings.compactMap(\.inertKey), [key], study)
    }
    let adamw = ["training.optimizer=adamw", "training.weight_decay=0.1"]
    let lists = "study={training.no_decay: [[norms, biases], [biases, norms], [norms]]}"
    let settings = try load(adamw + [lists]).settings
    XCTAssertEqual(settings.map(\.sameAs), [nil, 0, nil])
    XCTAssertEqual(settings[1].inertKey, "training.no_decay")
    let landmarks = "study={data.landmarks: [a.csv, b.csv]}"
    XCTAssertEqual(try load([landmarks, "data.regions=whole"]).settings.map(\.sameAs), [nil, 0])
    XCTAssertEqual(try load([landmarks]).settings.map(\.sameAs), [nil, nil])
    // An epoch more, and the step comes.
    XCTAssertEqual(
      try load(["study={training.schedule: [constant, step]}", "training.epochs=101"]).settings
        .map(\.sameAs), [nil, nil])
  }

  func testSeedsThatChangeNothingAreRefused() throws {
    let given = ["training.initial_weights=w", "training.seeds=1,2"]
    let reason =
      "the seeds cannot change a bit: weights are those of training.initial_weights, and nothing else is "
      + "drawn; name one seed, or set training.shuffle, model.dropout or an augmentation"
    let place = "--set training.seeds=1,2: training.seeds: "
    XCTAssertEqual(errorText { try load(given) }, place + reason)
    XCTAssertEqual(
      errorText { try load(given + ["study={model.dropout: [0.5, 0]}"]) },
      place + "in the setting \"dropout=0.0\" " + reason)
    for draws in [
      "training.shuffle=true", "model.dropout=0.1", "augmentation.mirror=0.5",
      "augmentation.shift=1", "augmentation.motion=0.1", "augmentation.noise=1",
      "augmentation.mixup=1", "evaluation.protocols=nested", "training.initial_weights=none",
    ] {
      XCTAssertNoThrow(try load(given + [draws]), draws)
    }
    XCTAssertNoThrow(try load(["training.initial_weights=w", "training.seeds=2"]))
  }
}
