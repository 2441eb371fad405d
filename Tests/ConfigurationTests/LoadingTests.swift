import Configuration
import Foundation
import TestSupport
import XCTest

final class LoadingTests: XCTestCase {
  private func load(_ yaml: String, _ overrides: [String] = [], data: String? = "data") throws
    -> RunConfiguration
  {
    try withTemporaryDirectory { directory in
      let path = directory + "/c.yaml"
      try Data(yaml.utf8).write(to: URL(fileURLWithPath: path))
      do {
        return try RunConfiguration.load(file: path, overrides: overrides, data: data)
      } catch let error as ConfigurationError {
        throw ConfigurationError(error.place.replacing(path, with: "c.yaml"), error.reason)
      }
    }
  }

  func testTheDefaultsAreThePaper() throws {
    let configuration = try RunConfiguration.load(file: nil, data: "data")
    XCTAssertEqual(configuration.model.blockRepeats, [2, 2, 10])
    XCTAssertEqual(configuration.model.dim, 256)
    XCTAssertEqual(configuration.training.epochs, 800)
    XCTAssertEqual(configuration.training.batchSize, 256)
    XCTAssertEqual(configuration.training.learningRate, 5e-5)
    XCTAssertFalse(configuration.training.shuffle)
    for yaml in ["", "\n", "null\n", "# nothing\n", "model:\ntraining:\n"] {
      XCTAssertEqual(try load(yaml), configuration, yaml)
    }
  }

  func testEveryConfigurationThatComesAlongIsRead() throws {
    let configs = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("configs")
    let files = try FileManager.default.contentsOfDirectory(atPath: configs.path).sorted()
    XCTAssertTrue(files.contains("recommended.yaml"), "\(files)")
    for file in files {
      let configuration = try RunConfiguration.load(
        file: configs.appendingPathComponent(file).path, data: "data")
      XCTAssertEqual(
        try RunConfiguration(yaml: configuration.yaml, file: file), configuration, file)
    }
  }

  func testFileThenOverridesThenData() throws {
    let configuration = try load(
      """
      data: {path: from-file}
      training:
        epochs: 7
        batch_size: 64
      folds:
        include: [006, s1]
      """,
      [
        "training.epochs=8", "training.epochs=9", "folds.exclude=a, 007", "data.regions=whole",
        "model.block_repeats=[1,2,3]", "training.threads_per_rank=auto", "training.shuffle=true",
        "training.seed=18446744073709551615",
      ], data: "from-option")
    XCTAssertEqual(configuration.training.epochs, 9)
    XCTAssertEqual(configuration.training.batchSize, 64)
    XCTAssertEqual(configuration.folds.include, ["006", "s1"])
    XCTAssertEqual(configuration.folds.exclude, ["a", "007"])
    XCTAssertEqual(configuration.data.regions, .whole)
    XCTAssertEqual(configuration.model.blockRepeats, [1, 2, 3])
    XCTAssertEqual(configuration.training.seed, .max)
    XCTAssertTrue(configuration.training.shuffle)
    XCTAssertEqual(configuration.data.path, "from-option")
    XCTAssertEqual(try load("data: {path: p}", data: nil).data.path, "p")
  }

  func testAKeyThatTheCommandLineSetsTwiceIsTold() throws {
    let loaded = try RunConfiguration.loadNoting(
      file: nil, overrides: ["training.epochs=8", "training.epochs=9", "data.path=a"], data: "b")
    XCTAssertEqual(loaded.configuration.training.epochs, 9)
    XCTAssertEqual(loaded.configuration.data.path, "b")
    XCTAssertEqual(
      loaded.notices,
      [
        "note: --set training.epochs=8 does not count: --set training.epochs=9 comes after it",
        "note: --set data.path=a does not count: --data b comes after it",
      ])
  }

  /// Each optional key has one word for nothing; the other's is no file's name.
  func testTheOtherKeysWordForNothingIsRefused() {
    XCTAssertEqual(
      errorText { try load("", ["training.initial_weights=auto"]) },
      "--set training.initial_weights=auto: training.initial_weights: auto is no value here; write none "
        + "if there is none")
    XCTAssertEqual(
      errorText { try load("data: {landmarks: none}\n") },
      "c.yaml:1:19: data.landmarks: none is no value here; write auto if there is none")
    XCTAssertEqual(try? load("data: {landmarks: 'none'}\n").data.landmarks, "none")
  }

  /// A new key changes no checkpoint's digest; a value that decides results does.
  func testTheDigestOfWhatDecidesResults() throws {
    let digest = try load("").resultSHA256(initialWeightsSHA256: nil)
    XCTAssertEqual(
      digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    XCTAssertEqual(
      try load("training: {threads_per_rank: 3}\n").resultSHA256(initialWeightsSHA256: nil), digest)
    let others = [
      try load("training: {seed: 2}\n").resultSHA256(initialWeightsSHA256: nil),
      try load("training: {epochs: 2}\n").resultSHA256(initialWeightsSHA256: nil),
      try load("").resultSHA256(initialWeightsSHA256: "ab"), digest,
    ]
    XCTAssertEqual(Set(others).count, 4)
  }

  func testUnknownKeysOfferTheNearest() {
    for (key, nearest) in [
      ("training.epoch", "training.epochs"), ("training.learningrate", "training.learning_rate"),
      ("model.block_repeat", "model.block_repeats"), ("model.hierarchy", "model.hierarchies"),
      ("training.dim", "model.dim"), ("epochs", "training.epochs"),
      ("cluster.rank_per_fold", "cluster.ranks_per_fold"), ("fold.include", "folds.include"),
      ("evaluation.protocol", "evaluation.protocols"), ("model.Dim", "model.dim"),
    ] {
      XCTAssertEqual(
        errorText { try load("", [key + "=1"]) },
        "--set \(key)=1: there is no key \"\(key)\"; did you mean \(nearest)?")
    }
    XCTAssertEqual(
      errorText { try load("", ["zzzzzzzzzzzz.qqqqqqqqq=1"]) },
      "--set zzzzzzzzzzzz.qqqqqqqqq=1: there is no key \"zzzzzzzzzzzz.qqqqqqqqq\"; `htnet train "
        + "--help` lists the keys")
  }

  func testErrorsNameLineAndColumn() {
    let cases = [
      ("training:\n  epoch: 3\n", "c.yaml:2:3: there is no key \"training.epoch\""),
      ("model:\n  dim: 3\ntrainign: {}\n", "c.yaml:3:1: there is no section \"trainign\""),
      ("training:\n  epochs: many\n", "c.yaml:2:11: training.epochs: expected a whole number"),
      ("training:\n  epochs: 1.5\n", "c.yaml:2:11: training.epochs: expected a whole number"),
      ("training:\n  epochs: [1]\n", "found a list"),
      ("training:\n  shuffle: yes\n", "c.yaml:2:12: training.shuffle: expected true or false"),
      ("training:\n  learning_rate: .nan\n", "expected a number, found \".nan\""),
      ("training:\n  seed: -1\n", "expected a whole number from 0"),
      ("data:\n  regions: publishd\n", "did you mean published?"),
      ("model:\n  block_repeats: 3\n", "expected a list of whole numbers"),
      ("evaluation:\n  protocols: [best]\n", "expected last-epoch or nested or best-on-test"),
      ("cluster:\n  ranks_per_fold: all\n", "expected a whole number or auto"),
      ("[1, 2]\n", "c.yaml:1:1: is not a mapping of sections"),
      ("training: 3\n", "c.yaml:1:11: training: is not a mapping"),
      ("training:\n  epochs: 3\n  epochs: 4\n", "epochs"),
      ("training:\n  epochs: [\n", "is not YAML"),
      ("training:\n\tepochs: 3\n", "c.yaml:2:1: is not YAML"),
      // Rules over several values name the place of the key at fault.
      ("training:\n  batch_size: 2\n", "c.yaml:2:3: training.batch_size: 2 clips do not fill"),
      ("training:\n  gradient_shards: 3\n", "c.yaml:2:3: training.gradient_shards: 3 is not"),
      ("training:\n  epochs: 0\n", "c.yaml:2:3: training.epochs: 0 is not in 1 … 1000000"),
      ("training:\n  learning_rate: 0\n", "0.0 is not greater than 0"),
      ("training:\n  threads_per_rank: 0\n", "0 is not in 1 … 1024"),
      ("model:\n  patch_size: 5\n", "c.yaml:2:3: model.patch_size: 5 does not divide"),
      ("model:\n  channels: 1\n", "model.channels: 1, but images of data.format release have 3"),
      (
        "model:\n  image_size: 35\n  patch_size: 7\n  hierarchies: 1\n  block_repeats: [1]\n",
        "c.yaml:2:3: model.image_size: 35 is no multiple of 4"
      ),
      ("evaluation:\n  protocols: []\n", "evaluation.protocols: is empty"),
      ("evaluation:\n  protocols: [last-epoch, last-epoch]\n", "names one twice"),
      ("cluster:\n  ranks_per_fold: 8\n", "8 ranks cannot share training.gradient_shards 4"),
      ("cluster:\n  ranks_per_fold: 0\n", "0 is less than 1"),
      ("cluster:\n  stall_seconds: 9\n", "cluster.stall_seconds: 9 is not in 10 … 86400"),
      ("folds:\n  include: [a, a]\n", "c.yaml:2:3: folds.include: names a fold twice"),
      ("folds:\n  include: [a]\n  exclude: [a]\n", "c.yaml:3:3: folds.exclude: \"a\" is in"),
      ("data:\n  landmarks: ''\n", "data.landmarks: is empty"),
    ]
    for (yaml, expected) in cases {
      let text = errorText { try load(yaml) }
      XCTAssertTrue(
        text?.hasPrefix("c.yaml") == true && text?.contains(expected) == true,
        "\(text ?? "accepted") instead of: \(expected)")
    }
  }

  func testErrorsOfOverridesNameThem() {
    for (override, expected) in [
      ("training.epochs", "is not of the form key.path=value"),
      ("training.epochs=", "is empty; write a value, or leave the key out"),
      ("training.epochs=-1", "-1 is not in 1 … 1000000"),
      ("model.block_repeats=[1", "is not YAML"),
      ("model.heads=99999", "99999 is not in 1 … 65536"),
    ] {
      let text = errorText { try load("", [override]) }
      XCTAssertTrue(
        text?.hasPrefix("--set \(override): ") == true && text?.contains(expected) == true,
        "\(text ?? "accepted") instead of: \(expected)")
    }
    XCTAssertEqual(
      errorText { try load("", data: nil) },
      "data.path: is empty: name the release's directory with --data, or make one up: htnet synthesize"
    )
  }

  func testWhatIsNoConfigurationFileIsRefused() throws {
    try withTemporaryDirectory { directory in
      XCTAssertEqual(
        errorText { try RunConfiguration.load(file: directory + "/none.yaml") },
        directory + "/none.yaml: there is no such file; configs/ holds some to start from")
      XCTAssertEqual(
        errorText { try RunConfiguration.load(file: directory) },
        directory + ": is a directory, not a YAML file")
      let path = directory + "/c.yaml"
      try Data([0xFF, 0xFE, 0x00]).write(to: URL(fileURLWithPath: path))
      XCTAssertEqual(
        errorText { try RunConfiguration.load(file: path) },
        path + ": is UTF-16 text; save it as UTF-8")
      try Data(count: (1 << 20) + 1).write(to: URL(fileURLWithPath: path))
      XCTAssertEqual(
        errorText { try RunConfiguration.load(file: path) },
        path + ": has more than 1048576 bytes")
    }
  }

  func testRandomDamageNeverCrashes() throws {
    var random = SeededGenerator(seed: 10)
    let yaml = Array(RunConfiguration().yaml.utf8)
    for _ in 0..<300 {
      var damaged = yaml
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] =
          "\t\n:[]{}'\"&*!#-%@0".utf8.randomElement(using: &random)!
      }
      let text = errorText {
        try RunConfiguration(yaml: String(decoding: damaged, as: UTF8.self), file: "c.yaml")
      }
      if let text { XCTAssertTrue(text.hasPrefix("c.yaml"), text) }
    }
  }

  func testTheConfigurationsOfTheProjectAreValid() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("configs")
    let files = try names(in: root.path).filter { $0.hasSuffix(".yaml") }
    XCTAssertTrue(Set(files).isSuperset(of: ["composite.yaml", "small.yaml", "smoke.yaml"]))
    for file in files {
      XCTAssertNil(
        errorText { try RunConfiguration.load(file: root.path + "/" + file, data: "data") }, file)
    }
    let composite = try RunConfiguration.load(
      file: root.path + "/composite.yaml", data: "data")
    XCTAssertEqual(composite.model, RunConfiguration().model)
  }
}
