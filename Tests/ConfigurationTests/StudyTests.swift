import Configuration
import Foundation
import Tasks
import TestSupport
import XCTest

final class StudyTests: XCTestCase {
  private func load(_ yaml: String, _ overrides: [String] = []) throws -> RunConfiguration {
    try withTemporaryDirectory { directory in
      let path = directory + "/c.yaml"
      try Data(yaml.utf8).write(to: URL(fileURLWithPath: path))
      do {
        return try RunConfiguration.load(file: path, overrides: overrides, data: "data")
      } catch let error as ConfigurationError {
        throw ConfigurationError(error.place.replacing(path, with: "c.yaml"), error.reason)
      }
    }
  }

  private let small = "model: {dim: 24, heads: 5, block_repeats: [1, 1, 1]}\n"

  /// A run's kept configuration is read without its rules, so who asks for its settings meets them bare.
  func testABrokenRuleReadsAsASentence() throws {
    let kept = try RunConfiguration(
      yaml: "study: [{name: thin, model.dim: 2}]\n", file: "config.yaml")
    XCTAssertEqual(
      errorText { try kept.settings() }?.hasPrefix(
        "study: the setting \"thin\" is illegal: model.heads: 3 heads do not fit in model.dim 2"),
      true)
  }

  func testAMatrixIsAllCombinationsFirstKeySlowest() throws {
    let configuration = try load(
      small + "study: {model.dim: [24, 48], data.regions: [published, whole]}\n")
    let settings = try configuration.settings()
    XCTAssertEqual(
      settings.map(\.name),
      [
        "dim=24,regions=published", "dim=24,regions=whole", "dim=48,regions=published",
        "dim=48,regions=whole",
      ])
    // The run's own configuration is one of them, and needs no name.
    XCTAssertEqual(
      settings.map(\.key),
      [nil, "dim=24,regions=whole", "dim=48,regions=published", "dim=48,regions=whole"])
    XCTAssertEqual(settings.map(\.configuration.model.dim), [24, 24, 48, 48])
    XCTAssertEqual(
      settings.map(\.configuration.data.regions), [.published, .whole, .published, .whole])
    XCTAssertEqual(
      settings[3].values.map { "\($0.key): \($0.value)" }, ["model.dim: 48", "data.regions: whole"])
    for setting in settings {
      XCTAssertTrue(setting.configuration.study.isEmpty)
      XCTAssertEqual(setting.configuration.model.heads, 5)
    }
    // A task is trained by its setting and its seed.
    let task = TaskKey(setting: "dim=48,regions=whole", seed: 7, split: "s")
    var expected = settings[3].configuration
    expected.training.seed = 7
    let configurations = try TaskConfigurations(configuration)
    XCTAssertEqual(configurations[task], expected)
    XCTAssertNil(configurations[TaskKey(setting: "dim=49", split: "s")])
  }

  func testAListNamesItsSettings() throws {
    let settings = try load(
      small
        + """
        study:
          - {name: as it is}
          - {name: wide, model.dim: 48, training.epochs: 3}
          - model.block_repeats: [2, 2, 2]
        """
    ).settings()
    XCTAssertEqual(settings.map(\.name), ["as it is", "wide", "block_repeats=2-2-2"])
    XCTAssertEqual(settings.map(\.key), [nil, "wide", "block_repeats=2-2-2"])
    XCTAssertEqual(settings[1].configuration.training.epochs, 3)
    XCTAssertEqual(settings[2].configuration.model.blockRepeats, [2, 2, 2])
    XCTAssertEqual(settings[2].configuration.training.epochs, 800)
  }

  func testARunNeedNotTrainItsOwnConfiguration() throws {
    let settings = try load(
      small + "study: {model.dim: [30]}\n"
    ).settings()
    XCTAssertEqual(settings.map(\.name), ["dim=30"])
    XCTAssertEqual(settings.map(\.key), ["dim=30"])
  }

  func testAResolvedStudyReadsBackAsTheSame() throws {
    for study in [
      "study: {model.block_repeats: [[1, 1, 1], [2, 1, 1]], training.learning_rate: [1e-3, 5e-5]}",
      "study: [{name: \"it's, a: name\", model.dim: 48}, {name: plain}, {data.landmarks: 'x.csv'}]",
    ] {
      let configuration = try load(small + study + "\ntraining: {seeds: [4, 2]}\n")
      XCTAssertFalse(configuration.study.isEmpty)
      XCTAssertEqual(configuration.training.seed, 4)
      let again = try RunConfiguration(yaml: configuration.yaml, file: "resolved")
      XCTAssertEqual(again, configuration)
      XCTAssertEqual(try again.settings(), try configuration.settings())
    }
  }

  func testTheCommandLineMayNameOne() throws {
    let configuration = try load(
      small, ["study={model.dim: [24, 36]}", "training.seeds=3,1", "training.seed=1"])
    XCTAssertEqual(try configuration.settings().map(\.name), ["dim=24", "dim=36"])
    XCTAssertEqual(configuration.seeds, [3, 1])
    XCTAssertEqual(configuration.training.seed, 1)
    XCTAssertEqual(
      errorText { try load(small, ["study={model.dim: [24, 36]"]) }?.hasPrefix(
        "--set study={model.dim: [24, 36]: "), true)
  }

  /// Over one token a number of heads with the same width trains to the same bits.
  func testSettingsOfTheSameBitsAreTrainedOnce() throws {
    let settings = try load(small + "study: {model.heads: [1, 2, 5, 12]}\n").settings()
    // 24 channels over 5 heads are 20 wide; the run's own setting is trained.
    XCTAssertEqual(settings.map(\.sameAs), [nil, 0, nil, 0])
    let own = try load(small + "study: {model.heads: [1, 2, 12]}\n", ["model.heads=2"]).settings()
    XCTAssertEqual(own.map(\.sameAs), [1, nil, 1])
    XCTAssertEqual(own.map(\.key), ["heads=1", nil, "heads=12"])
    // With dropout, or over four tokens, heads matter.
    for change in ["model.dropout=0.5", "model.hierarchies=2"] {
      let matters = try load(
        small + "study: {model.heads: [1, 2, 12]}\n",
        [change] + (change.contains("hier") ? ["model.block_repeats=1,1"] : [])
      ).settings()
      XCTAssertEqual(matters.map(\.sameAs), [nil, nil, nil], change)
    }
    let other = try load(
      small + "study: [{model.heads: 1}, {model.heads: 2, training.epochs: 3}]\n"
    ).settings()
    XCTAssertEqual(other.map(\.sameAs), [nil, nil])
  }

  func testAWiderStudyKeepsTheNamesOfTheRun() throws {
    let run = try load(small + "study: {model.dim: [24, 48]}\n")
    let wide = try load(
      small + "study: {model.dim: [36, 24, 48], data.regions: [published, whole]}\n")
    let kept = try XCTUnwrap(wide.keepingNames(of: run))
    XCTAssertEqual(kept.renamed.map(\.name), ["dim=48,regions=published"])
    XCTAssertEqual(kept.renamed.map(\.kept), ["dim=48"])
    let settings = try kept.configuration.settings()
    XCTAssertEqual(
      settings.map(\.key),
      [
        nil, "dim=48", "dim=36,regions=published", "dim=36,regions=whole", "dim=24,regions=whole",
        "dim=48,regions=whole",
      ])
    XCTAssertEqual(settings[1].configuration, try run.settings()[1].configuration)
    // The same command goes on with what it has made of the run.
    XCTAssertEqual(
      try wide.keepingNames(of: kept.configuration)?.configuration, kept.configuration)
    XCTAssertEqual(
      try RunConfiguration(yaml: kept.configuration.yaml, file: "resolved"), kept.configuration)
    XCTAssertNil(try run.keepingNames(of: run))
    XCTAssertNil(try load(small).keepingNames(of: run))
  }

  /// Heads of one token are the same; the trained setting stands for the one that comes before it.
  func testWhatIsTrainedStandsForItsEquals() throws {
    let run = try load(small + "study: {model.dim: [48], model.heads: [2]}\n")
    let wide = try load(small + "study: {model.dim: [48], model.heads: [1, 2]}\n")
    XCTAssertEqual(try wide.settings().map(\.sameAs), [nil, 0])
    let kept = try XCTUnwrap(wide.keepingNames(of: run))
    let settings = try kept.configuration.settings()
    XCTAssertEqual(settings.map(\.name), ["dim=48,heads=2", "dim=48,heads=1"])
    XCTAssertEqual(settings.map(\.sameAs), [nil, 0])
    XCTAssertEqual(
      try wide.keepingNames(of: kept.configuration)?.configuration, kept.configuration)
    // A name that another setting has now cannot be kept.
    let named = try load(small + "study: [{name: a, model.dim: 48}]\n")
    XCTAssertNil(
      try load(small + "study: [{name: b, model.dim: 48}, {name: a, model.dim: 36}]\n")
        .keepingNames(of: named))
  }

  func testBadStudies() throws {
    for (study, error) in [
      (
        "study: {model.dims: [1]}",
        "1:9: study: there is no key \"model.dims\"; did you mean model.dim?"
      ),
      (
        "study: {checkpoint.keep: [1, 2]}",
        "1:9: study: checkpoint.keep only says how work is placed: it changes no result"
      ),
      (
        "study: {training.seed: [1, 2]}",
        "1:9: study: training.seed is no setting: name several seeds with training.seeds"
      ),
      (
        "study: {training.seeds: [1, 2]}",
        "1:9: study: training.seeds is no setting: name several seeds with training.seeds"
      ),
      (
        "study: {evaluation.protocols: [[last-epoch]]}",
        "1:9: study: evaluation.protocols is the same for all settings of a run: make it a run of its own"
      ),
      (
        "study: {model.dim: 24}",
        "1:20: study: model.dim: expected a list of values, such as [a, b]"
      ),
      (
        "study: {model.dim: []}",
        "1:20: study: model.dim: expected a list of values, such as [a, b]"
      ),
      ("study: {model.dim: [24, 24]}", "1:25: study: model.dim: has the value 24 twice"),
      (
        "study: {model.dim: [24, x]}",
        "1:25: study: model.dim: expected a whole number, found \"x\""
      ),
      (
        "study: {}",
        "1:8: study: expected a mapping of keys to lists, as {model.heads: [1, 3]}, or a list of settings, "
          + "as [{name: small, model.dim: 24}], found a mapping"
      ),
      ("study:", "1:7: study: is empty; leave it out if there is none"),
      (
        "study: [24]",
        "1:9: study: expected a setting, as {name: small, model.dim: 24}, found \"24\""
      ),
      (
        "study: [{model.dim: 24}, {model.dim: 24, model.heads: 3}]",
        "1:1: study: the setting \"dim=24,heads=3\" is \"dim=24\" again"
      ),
      (
        "study: [{name: a, model.dim: 24}, {name: A, model.dim: 36}]",
        "1:1: study: two settings are called \"A\" (case is no difference)"
      ),
      (
        "study: [{name: a, model.dim: 24}, {name: \"a:seed=2\", model.dim: 36}]",
        "1:1: study: the name \"a:seed=2\" holds \":seed=\", which htnet report --compare would take for a part of a run"
      ),
      (
        "study: {model.dim: [24, 2]}",
        "1:1: study: the setting \"dim=2\" is illegal: model.heads: 3 heads do not fit in model.dim 2: at "
          + "most one a channel"
      ),
      (
        "training: {seeds: [1, 2, 1]}",
        "1:12: training.seeds: names a seed twice"
      ),
      (
        "training: {seed: 3, seeds: [1, 2]}",
        "1:21: training.seeds: lacks training.seed 3, which is the run's own: add it, or leave "
          + "training.seed out"
      ),
      (
        "data: {format: manifest, dataset: ' '}",
        "1:26: data.dataset: is blank; write auto if there is none"
      ),
      ("splits: {groups: 1}", "1:10: splits.groups: 1 is not in 2 … 65536"),
      (
        "splits: {by: person}",
        "1:14: splits.by: expected subject or dataset or groups, found \"person\""
      ),
      (
        "evaluation: {nested: {splits: 0}}",
        "1:23: evaluation.nested.splits: 0 is not in 1 … 200"
      ),
      (
        "evaluation: {nested: {subjects: 0}}",
        "1:23: evaluation.nested.subjects: 0 is less than 1"
      ),
      (
        "evaluation: {nested: 3}",
        "1:22: evaluation.nested: is not a mapping of keys to values"
      ),
      (
        "evaluation: {nested.splits: 3}",
        "1:14: evaluation.nested.splits: write each part of a key on a level of its own, without dots"
      ),
    ] {
      XCTAssertEqual(errorText { try load(study + "\n") }, "c.yaml:" + error, study)
    }
  }
}
