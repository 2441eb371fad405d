import Configuration
import Datasets
import Evaluation
import Foundation
import Kernels
import TestSupport
import XCTest

/// The table of keys: complete, documented, and able to read back what it writes.
final class KeyTests: XCTestCase {
  private static let texts = [
    " ", "a", "006", "1e3", "true", "null", "~", "none", "auto", "'auto'", "it's", "a: b",
    "# no comment", "[x, y]", "{x}", "- x", "&a", "*a", "!tag", "%", "@", "`", "a, b", "\"q\"",
    "back\\slash", "ä\u{1F600}", "inner \u{FEFF} mark", "'\u{301}", "\"\u{301}",
    " spaces ", "trailing ", "...", "---", "\\x41", "\u{A0}", "\u{E000}\u{FFFD}",
  ]

  private func randomConfiguration(_ random: inout SeededGenerator) -> RunConfiguration {
    var c = RunConfiguration()
    func whole() -> Int {
      [0, 1, -3, 28, .max, .min, Int.random(in: 0...999, using: &random)].randomElement(
        using: &random)!
    }
    func number() -> Double {
      [0, 5e-5, 1, 0.1, 1e300, 1e-300, -2.5, Double.random(in: 0...1, using: &random)]
        .randomElement(using: &random)!
    }
    func text() -> String { Self.texts.randomElement(using: &random)! }
    func texts() -> [String] { (0..<Int.random(in: 0...4, using: &random)).map { _ in text() } }
    c.data.path = text()
    c.data.regions = Regions.allCases.randomElement(using: &random)!
    c.data.landmarks = Bool.random(using: &random) ? nil : text()
    c.data.classNames = texts()
    c.data.format = DataFormat.allCases.randomElement(using: &random)!
    c.data.dataset = Bool.random(using: &random) ? nil : text()
    c.data.columns = texts()
    c.model.imageSize = whole()
    c.model.patchSize = whole()
    c.model.channels = whole()
    c.model.dim = whole()
    c.model.heads = whole()
    c.model.hierarchies = whole()
    c.model.blockRepeats = (0..<Int.random(in: 0...4, using: &random)).map { _ in whole() }
    c.model.mlpMultiple = whole()
    c.model.dropout = number()
    c.model.classes = whole()
    c.training.epochs = whole()
    c.training.batchSize = whole()
    c.training.learningRate = number()
    c.training.shuffle = Bool.random(using: &random)
    c.training.seed = [0, 1, .max, UInt64.random(in: 0...(.max), using: &random)].randomElement(
      using: &random)!
    c.training.gradientShards = whole()
    c.training.precision = ProductPrecision.allCases.randomElement(using: &random)!
    c.training.threadsPerRank = Bool.random(using: &random) ? nil : whole()
    c.training.initialWeights = Bool.random(using: &random) ? nil : text()
    c.training.keepWeights = Bool.random(using: &random)
    c.evaluation.protocols = Array(
      EvaluationProtocol.allCases.shuffled(using: &random).prefix(
        Int.random(in: 0...2, using: &random)))
    c.cluster.ranksPerFold = Bool.random(using: &random) ? nil : whole()
    c.cluster.stallSeconds = whole()
    c.cluster.dedicatedCoordinator = Bool.random(using: &random)
    c.folds.include = texts()
    c.folds.exclude = texts()
    return c
  }

  func testRandomConfigurationsReadBackTheSame() throws {
    var random = SeededGenerator(seed: 9)
    for _ in 0..<400 {
      let configuration = randomConfiguration(&random)
      let yaml = configuration.yaml
      let read = try RunConfiguration(yaml: yaml, file: "resolved.yaml")
      XCTAssertEqual(read, configuration, yaml)
      XCTAssertEqual(read.yaml, yaml)
      XCTAssertTrue(read.differences(from: configuration).isEmpty)
    }
  }

  func testEveryTextReadsBackTheSame() throws {
    for text in Self.texts {
      var configuration = RunConfiguration()
      configuration.data.path = text
      configuration.data.landmarks = text
      configuration.folds.exclude = [text, "x"]
      let read = try RunConfiguration(yaml: configuration.yaml, file: "f")
      XCTAssertEqual(
        read.folds.exclude.map { Array($0.unicodeScalars) },
        configuration.folds.exclude.map { Array($0.unicodeScalars) })
      XCTAssertEqual(read, configuration)
    }
  }

  /// What would break the line of a message, or name nothing, is no text of any key.
  func testControlCharactersAndNothingAreRefused() {
    for (text, name) in [
      ("tab\there", "U+0009"), ("new\nline", "U+000A"), ("cr\r\n", "U+000D"), ("\u{7F}", "U+007F"),
      ("nel \u{85}", "U+0085"), ("ls \u{2028}", "U+2028"), ("ps \u{2029}", "U+2029"),
    ] {
      let reason = "holds the control character \(name); leave it out"
      for key in ["data.path", "data.landmarks", "training.initial_weights"] {
        XCTAssertEqual(
          errorText {
            try RunConfiguration.load(file: nil, overrides: ["\(key)=\(text)"], data: nil)
          }?.hasSuffix(": \(key): \(reason)"), true, "\(key) \(name)")
      }
      XCTAssertEqual(
        errorText { try RunConfiguration.load(file: nil, data: text) }, "--data: \(reason)")
      var configuration = RunConfiguration()
      configuration.folds.include = [text]
      XCTAssertEqual(
        errorText { try RunConfiguration(yaml: configuration.yaml, file: "f") },
        "f:\(Self.line(of: "include", in: configuration.yaml)):13: folds.include: \(reason)")
    }
    XCTAssertEqual(
      errorText {
        try RunConfiguration.load(
          file: nil, overrides: ["training.initial_weights=a\nb"], data: nil)
      },
      "--set training.initial_weights=a\\u{A}b: training.initial_weights: holds the control "
        + "character U+000A; leave it out")
    for (yaml, reason) in [
      ("training: {initial_weights: \"\"}", "1:29: training.initial_weights: is empty; write none"),
      ("training: {initial_weights: ''}", "1:29: training.initial_weights: is empty; write none"),
      ("data: {landmarks: \"\"}", "1:19: data.landmarks: is empty; write auto"),
      ("folds: {include: \"\"}", "1:18: folds.include: is empty; write []"),
    ] {
      XCTAssertEqual(
        errorText { try RunConfiguration(yaml: yaml, file: "f") },
        "f:\(reason) if there is none")
    }
    XCTAssertEqual(
      errorText { try RunConfiguration(yaml: "folds: {include: ['']}", file: "f") },
      "f:1:19: folds.include: an entry is empty")
  }

  private static func line(of key: String, in yaml: String) -> Int {
    let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
    return (lines.firstIndex { $0.hasPrefix("  \(key):") } ?? -1) + 1
  }

  func testEveryPropertyHasADocumentedKey() {
    let configuration = RunConfiguration()
    /// Names of a section's properties, with those of one below.
    func properties(_ section: Any) -> [String] {
      Mirror(reflecting: section).children.flatMap { property -> [String] in
        let name = (property.label ?? "").lowercased()
        let isSection = "\(type(of: property.value))".hasSuffix("Configuration")
        return isSection ? properties(property.value).map { name + "." + $0 } : [name]
      }
    }
    // A study is no key: it is about keys.
    let sections = Mirror(reflecting: configuration).children.filter { $0.label != "study" }
    XCTAssertEqual(
      sections.map { $0.label ?? "" }, RunConfiguration.keys.map(\.section).uniqued)
    for section in sections {
      let keys = RunConfiguration.keys.filter { $0.section == section.label }
      XCTAssertEqual(
        keys.map { $0.name.filter { $0 != "_" } }.sorted(),
        properties(section.value).sorted(),
        "the keys of \(section.label ?? "") are not its properties")
    }
    XCTAssertEqual(Set(RunConfiguration.keys.map(\.path)).count, RunConfiguration.keys.count)
    for key in RunConfiguration.keys {
      XCTAssertFalse(key.summary.isEmpty, key.path)
      XCTAssertTrue(
        RunConfiguration.help.contains("\(key.path) = ")
          && RunConfiguration.help.contains(key.summary), key.path)
      XCTAssertEqual(key.section + "." + key.name, key.path)
    }
  }

  func testDifferencesNameWhatDecidesResultsAlone() {
    var other = RunConfiguration()
    other.training.epochs = 5
    other.folds.include = ["s1"]
    other.data.path = "elsewhere"
    other.training.threadsPerRank = 2
    other.cluster.ranksPerFold = 2
    let differences = RunConfiguration().differences(from: other)
    XCTAssertEqual(differences.map(\.key), ["training.epochs", "folds.include"])
    XCTAssertEqual(differences.map(\.mine), ["800", "[]"])
    XCTAssertEqual(differences.map(\.other), ["5", "['s1']"])
  }
}

extension Array where Element == String {
  /// The elements without repetitions, in order.
  fileprivate var uniqued: [String] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
