import Configuration
import Foundation
import TestSupport
import XCTest

/// Configuration files as people have them: each is read to exact values, or refused with its place.
final class YAMLTests: XCTestCase {
  private func load(_ yaml: String, _ overrides: [String] = []) throws -> RunConfiguration {
    try load(Data(yaml.utf8), overrides)
  }

  private func load(_ bytes: Data, _ overrides: [String] = []) throws -> RunConfiguration {
    try withTemporaryDirectory { directory in
      let path = directory + "/c.yaml"
      try bytes.write(to: URL(fileURLWithPath: path))
      do {
        return try RunConfiguration.load(file: path, overrides: overrides, data: "data")
      } catch let error as ConfigurationError {
        throw ConfigurationError(error.place.replacing(path, with: "c.yaml"), error.reason)
      }
    }
  }

  private func assertRefused(
    _ yaml: String, _ expected: String, file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertEqual(
      errorText { try load(yaml) } ?? "accepted", "c.yaml" + expected, yaml.debugDescription,
      file: file, line: line)
  }

  // MARK: - The text

  func testAByteOrderMarkIsNoPartOfTheText() throws {
    let bytes = Data([0xEF, 0xBB, 0xBF])
    XCTAssertEqual(try load(bytes + Data("training: {epochs: 7}\n".utf8)).training.epochs, 7)
    XCTAssertEqual(try load(bytes), try load(""))
    XCTAssertEqual(
      errorText { try load(bytes + Data("training: {epochs: x}\n".utf8)) },
      "c.yaml:1:20: training.epochs: expected a whole number, found \"x\"")
    // One only, and at the start only.
    assertRefused(
      "\u{FEFF}\u{FEFF}training:\n",
      ":1:1: holds the character U+FEFF, which YAML does not allow")
    assertRefused(
      "training: {epochs: 3\u{FEFF}}\n",
      ":1:21: holds the character U+FEFF, which YAML does not allow")
  }

  func testOtherEncodingsAreNamed() {
    for (encoding, mark) in [
      (String.Encoding.utf16LittleEndian, [0xFF, 0xFE]), (.utf16BigEndian, [0xFE, 0xFF]),
    ] as [(String.Encoding, [UInt8])] {
      let text = "training: {epochs: 7}\n".data(using: encoding) ?? Data()
      XCTAssertEqual(
        errorText { try load(Data(mark) + text) }, "c.yaml: is UTF-16 text; save it as UTF-8")
      // Without the mark every other byte is NUL.
      XCTAssertEqual(
        errorText { try load(text) },
        "c.yaml:1:\(mark == [0xFF, 0xFE] ? 2 : 1): holds the character U+0000, which YAML does not "
          + "allow")
    }
    // Latin-1.
    XCTAssertEqual(
      errorText { try load(Data("data:\n  path: f".utf8) + [0xFC] + Data("r\n".utf8)) },
      "c.yaml:2:10: is not UTF-8 text")
    assertRefused(
      "data: {path: a\u{0}b}", ":1:15: holds the character U+0000, which YAML does not allow")
    assertRefused(
      "data: {path: \"a\u{7}\"}", ":1:16: holds the character U+0007, which YAML does not allow")
  }

  func testLineEnds() throws {
    for end in ["\n", "\r\n", "\r"] {
      let read = try load(["training:", "  epochs: 7", "  seed: 5", ""].joined(separator: end))
      XCTAssertEqual(read.training.epochs, 7, end.debugDescription)
      XCTAssertEqual(read.training.seed, 5)
    }
    assertRefused(
      "training:\r\n  epochs: x\r\n",
      ":2:11: training.epochs: expected a whole number, found \"x\"")
  }

  // MARK: - Structure

  func testWhatHoldsNoKey() throws {
    let defaults = try RunConfiguration.load(file: nil, data: "data")
    for yaml in ["", "\n", "# a comment\n", "---\n", "null\n", "~\n", "model:\ntraining: ~\n"] {
      XCTAssertEqual(try load(yaml), defaults, yaml.debugDescription)
    }
    // A file that was cut to nothing should not pass for the paper's configuration unsaid.
    try withTemporaryDirectory { directory in
      let path = directory + "/c.yaml"
      try Data("# cut".utf8).write(to: URL(fileURLWithPath: path))
      XCTAssertEqual(
        try RunConfiguration.loadNoting(file: path, data: "d").notices,
        ["note: \(path): sets no key: this is the paper's configuration"])
    }
  }

  func testStructures() {
    assertRefused("- 1\n", ":1:1: is not a mapping of sections such as \"training:\"")
    assertRefused("hello\n", ":1:1: is not a mapping of sections such as \"training:\"")
    assertRefused(
      "model: {dim: 6}\n---\nmodel: {dim: 9}\n",
      ":2:1: another document begins: a configuration is one")
    assertRefused(
      "training:\n\tepochs: 3\n",
      ":2:1: is not YAML: found character that cannot start any token")
    assertRefused(
      "training:\n  epochs: 3\n\tseed: 3\n",
      ":3:1: is not YAML: found a tab character that violates indentation")
    assertRefused(
      "training:\n  ? [a]\n  : 3\n", ":2:5: a key is not text")
    assertRefused(
      String(repeating: "[", count: 200_000),
      ":1:1: is nested too deeply")
  }

  /// A key that is a list is refused before it is hashed, which would take for ever: aliases of
  /// aliases stand for 2^40 entries here.
  func testAKeyThatIsNoTextIsRefusedUnread() {
    for (yaml, place) in [
      ("? [a]\n: 1\n", "1:3"), ("? {a: 1}\n: 1\n", "1:3"), ("{[a]: 1}\n", "1:2"),
      ("training: {epochs: {{a: 1}: 2}}\n", "1:21"),
      ("model: &m {dim: 6}\n*m : 1\n", "2:1"), ("model: &m {? *m : 1}\n", "1:14"),
      // An anchor may be given twice.
      ("a: &x b\nc: &x [d]\n*x : 1\n", "3:1"),
    ] {
      assertRefused(yaml, ":\(place): a key is not text")
    }
    var lines = ["v0: &v0 [x, x]"]
    for level in 1...40 { lines.append("v\(level): &v\(level) [*v\(level - 1), *v\(level - 1)]") }
    assertRefused((lines + ["? *v40", ": 1"]).joined(separator: "\n"), ":42:3: a key is not text")
    XCTAssertEqual(
      errorText { try load("", ["folds.include=&a [x], {*a : 1}"]) },
      "--set folds.include=&a [x], {*a : 1}: a key is not text")
  }

  func testAnAliasOfTextMayBeAKey() throws {
    XCTAssertEqual(
      try load("data: {path: &k 'epochs'}\ntraining: {*k : 7}\n").training.epochs, 7)
  }

  func testAKeyTwice() {
    assertRefused(
      "training:\n  epochs: 3\n  # epochs: 9\n  seed: 1\n  \"epochs\" : 4\n",
      ":5:3: the key \"epochs\" stands in line 2 already")
    assertRefused(
      "model: {dim: 6}\ntraining: {epochs: 3}\nmodel: {dim: 9}\n",
      ":3:1: the key \"model\" stands in line 1 already")
    assertRefused(
      "training: {epochs: 3, epochs: 4}\n", ":1:12: the key \"epochs\" stands here more than once")
    // Another section's key of this name is another key.
    assertRefused(
      "training: {seed: 1, seed: 2}\nfolds:\n  seed: 3\n",
      ":1:12: the key \"seed\" stands here more than once")
  }

  func testAnchorsStandForTheirValues() throws {
    let read = try load(
      "training: {epochs: &n 7, batch_size: *n}\nmodel: {block_repeats: &b [1, 2, 3]}\n"
        + "folds: {include: &s [a], exclude: []}\n")
    XCTAssertEqual(read.training.epochs, 7)
    XCTAssertEqual(read.training.batchSize, 7)
    XCTAssertEqual(read.model.blockRepeats, [1, 2, 3])
    assertRefused("training: {epochs: *n}\n", ":1:20: is not YAML: found undefined alias")
    assertRefused(
      "training: &t {epochs: 3}\nmodel:\n  <<: *t\n",
      ":3:3: merge keys (<<) are not read: write the keys out")
    assertRefused(
      "training: &t {epochs: 3}\n<<: *t\n",
      ":2:1: merge keys (<<) are not read: write the keys out")
  }

  /// Nine to the fortieth values, were they written out.
  func testAliasesOfAliases() {
    var lines = ["a0: &a0 [x]"]
    for level in 1...40 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
      lines.append("a\(level): &a\(level) [\(aliases)]")
    }
    XCTAssertEqual(
      errorText { try load(lines.joined(separator: "\n")) }?.hasPrefix(
        "c.yaml:1:1: there is no section \"a0\""), true)
    let entries = lines.map { $0.drop { $0 != "&" } }.joined(separator: ", ")
    assertRefused(
      "folds:\n  include: [\(entries)]\n",
      ":2:13: folds.include: expected text, found a list")
    let laughs = "folds:\n  include: &a [x]\n  exclude: [*a, *a]\n"
    assertRefused(laughs, ":2:12: folds.exclude: expected text, found a list")
  }

  func testTagsAreRefused() throws {
    for (yaml, place, tag) in [
      ("training: {epochs: !!str 5}\n", ":1:20: training.epochs", "!!str"),
      ("training: {epochs: !!int \"5\"}\n", ":1:20: training.epochs", "!!int"),
      ("training: {epochs: ! 5}\n", ":1:20: training.epochs", "!"),
      ("data: {path: !env DATA}\n", ":1:14: data.path", "!env"),
      ("folds: {include: [a, !!str 6]}\n", ":1:18: folds.include", "!!str"),
      ("folds: {include: !!set [a]}\n", ":1:18: folds.include", "!!set"),
      ("training: !!map {epochs: 5}\n", ":1:11", "!!map"),
      ("!!map {training: {epochs: 5}}\n", ":1:1", "!!map"),
    ] {
      assertRefused(yaml, place + ": the tag \(tag) is not read: leave it out")
    }
    // Quoted text has none.
    XCTAssertEqual(try load("data: {landmarks: \"null\"}\n").data.landmarks, "null")
  }

  // MARK: - Values

  func testEmptyValuesAndNull() throws {
    for (key, found, remedy) in [
      ("folds.include", "is empty", "write [] if there is none"),
      ("model.block_repeats", "is empty", "write [] if there is none"),
      ("training.initial_weights", "is empty", "write none if there is none"),
      ("data.landmarks", "is empty", "write auto if there is none"),
      ("training.threads_per_rank", "is empty", "write auto if there is none"),
      ("data.path", "is empty", "write a value, or leave the key out"),
      ("training.epochs", "is empty", "write a value, or leave the key out"),
      ("training.shuffle", "is empty", "write a value, or leave the key out"),
    ] {
      let parts = key.split(separator: ".")
      assertRefused(
        "\(parts[0]):\n  \(parts[1]):\n", ":2:\(parts[1].count + 4): \(key): \(found); \(remedy)")
      for value in ["", " "] {
        XCTAssertEqual(
          errorText { try load("", ["\(key)=\(value)"]) },
          "--set \(key)=\(value): \(key): \(found); \(remedy)")
      }
    }
    XCTAssertEqual(
      errorText { try RunConfiguration.load(file: nil, data: "") },
      "--data: data.path: is empty: name the release's directory with --data, or make one up: htnet "
        + "synthesize")
    for null in ["null", "~", "Null", "NULL"] {
      // Where a value may be missing it means that.
      let set = [
        "training.initial_weights=\(null)", "training.threads_per_rank=\(null)",
        "data.landmarks=\(null)",
      ]
      let file = "training: {initial_weights: x, threads_per_rank: 2}\ndata: {landmarks: x}\n"
      let inFile = file.replacing("x", with: null).replacing("2", with: null)
      for read in [try load(file, set), try load(inFile)] {
        XCTAssertNil(read.training.initialWeights)
        XCTAssertNil(read.training.threadsPerRank)
        XCTAssertNil(read.data.landmarks)
      }
      assertRefused(
        "folds: {include: \(null)}\n",
        ":1:18: folds.include: null is no list; write [] if there is none")
      assertRefused(
        "folds: {include: [\(null)]}\n",
        ":1:19: folds.include: \(null) is no value; a name that reads so needs quotes")
      assertRefused(
        "data: {path: \(null)}\n",
        ":1:14: data.path: \(null) is no value; a name that reads so needs quotes")
      assertRefused(
        "training: {epochs: \(null)}\n",
        ":1:20: training.epochs: expected a whole number, found \"\(null)\"")
      XCTAssertEqual(
        errorText { try load("", ["folds.include=\(null)"]) },
        "--set folds.include=\(null): folds.include: null is no list; write [] if there is none")
      XCTAssertEqual(
        try load("data: {landmarks: '\(null)'}\nfolds: {include: ['\(null)']}\n").folds.include,
        [null])
    }
    assertRefused("folds:\n  include:\n    - a\n    -\n", ":4:6: folds.include: an entry is empty")
    XCTAssertEqual(try load("folds: {include: []}\n").folds.include, [])
    XCTAssertEqual(try load("folds: {include: [a]}\n", ["folds.include=[]"]).folds.include, [])
    XCTAssertNil(
      try load("training: {initial_weights: x}\n", ["training.initial_weights=none"]).training
        .initialWeights)
  }

  func testWholeNumbers() throws {
    for (text, value) in [("7", 7), ("+7", 7), ("'7'", 7), ("1000000", 1_000_000)] {
      XCTAssertEqual(try load("training: {epochs: \(text)}\n").training.epochs, value)
    }
    for text in [
      "5.0", "5e0", "1e3", "010", "007", "0x10", "0o10", "0b1", "1_000", "1,000", "-0", "+0", "١",
      "99999999999999999999", "-99999999999999999999", ".inf", "five", "5 6",
    ] where text != "1,000" {
      assertRefused(
        "training: {epochs: \(text)}\n",
        ":1:20: training.epochs: expected a whole number, found \"\(text)\"")
    }
    XCTAssertEqual(
      errorText { try load("", ["training.epochs=1,000"]) },
      "--set training.epochs=1,000: training.epochs: expected a whole number, found \"1,000\"")
    assertRefused(
      "training: {threads_per_rank: 1.5}\n",
      ":1:30: training.threads_per_rank: expected a whole number or auto, found \"1.5\"")
  }

  func testSeeds() throws {
    for value in [0, 1, UInt64(Int64.max), UInt64(Int64.max) + 1, .max] {
      XCTAssertEqual(try load("training: {seed: \(value)}\n").training.seed, value)
      XCTAssertEqual(try load("", ["training.seed=\(value)"]).training.seed, value)
    }
    for text in ["18446744073709551616", "-1", "-0", "1.0", "0x1"] {
      assertRefused(
        "training: {seed: \(text)}\n",
        ":1:18: training.seed: expected a whole number from 0 to 2^64 - 1, found \"\(text)\"")
    }
  }

  func testNumbers() throws {
    for (text, value) in [
      ("0.25", 0.25), ("1e-3", 1e-3), ("1.0E-3", 1e-3), ("+.5", 0.5), ("5.", 5), ("5", 5),
      ("1.5e-45", 1.5e-45),
    ] {
      XCTAssertEqual(
        try load("training: {learning_rate: \(text)}\n").training.learningRate, value, text)
    }
    // Weights are float32.
    for text in ["7e-46", "5e-324"] {
      assertRefused(
        "training: {learning_rate: \(text)}\n",
        ":1:12: training.learning_rate: \(text) is 0 in float32, in which weights are updated")
    }
    for text in [
      "1e400", "-1e400", "1e-400", "0x10", "0x1p3", "1_000.5", ".inf", "-.inf", ".nan", "nan",
      "inf",
      "infinity", "1e", "e1", ".", "yes", "1/2", "1 e3",
    ] {
      assertRefused(
        "training: {learning_rate: \(text)}\n",
        ":1:27: training.learning_rate: expected a number, found \"\(text)\"")
    }
    // One zero, which a resolved configuration writes in one way.
    for text in ["0", "-0", "-0.0", "0e5", "-0e-400"] {
      let read = try load("model: {dropout: \(text)}\n")
      XCTAssertEqual(read.model.dropout.sign, .plus, text)
      XCTAssertTrue(read.differences(from: RunConfiguration()).isEmpty, text)
    }
  }

  func testFlags() throws {
    XCTAssertTrue(try load("training: {shuffle: true}\n").training.shuffle)
    XCTAssertFalse(try load("training: {shuffle: false}\n").training.shuffle)
    for text in ["yes", "no", "on", "off", "True", "TRUE", "y", "1", "0"] {
      assertRefused(
        "training: {shuffle: \(text)}\n",
        ":1:21: training.shuffle: expected true or false, found \"\(text)\"")
    }
  }

  func testAPipeGivesAConfiguration() throws {
    let pipe = Pipe()
    let path = "/proc/self/fd/\(pipe.fileHandleForReading.fileDescriptor)"
    pipe.fileHandleForWriting.write(Data("training: {epochs: 7}\n".utf8))
    try pipe.fileHandleForWriting.close()
    XCTAssertEqual(try RunConfiguration.load(file: path, data: "data").training.epochs, 7)
    // It is empty now, as one that nobody writes to.
    XCTAssertEqual(
      errorText { try RunConfiguration.load(file: path, data: "data") },
      path + ": is a pipe that gave nothing: does a program write to it?")
    XCTAssertEqual(
      errorText { try RunConfiguration.load(file: "/dev/fd/987", data: "data") },
      "/dev/fd/987: there is no such file; a launcher passes no pipe on: write the configuration to a "
        + "file")
    XCTAssertEqual(
      errorText { try RunConfiguration.load(file: "/dev/null", data: "data") },
      "/dev/null: is a device, not a file")
  }

  func testHeadsThatChangeNothingAreSaid() throws {
    let reason =
      "each block holds one token, so attention does not depend on the number of heads, but for its "
      + "width: model.dim rounded down to a multiple of model.heads (here all 12)"
    func notices(_ overrides: [String]) throws -> [String] {
      try RunConfiguration.loadNoting(file: nil, overrides: overrides, data: "data").notices
    }
    XCTAssertEqual(
      try notices(["model.dim=12", "model.heads=2"]),
      ["note: --set model.heads=2: \(reason)"])
    XCTAssertEqual(try notices(["model.dim=12"]), [])
    XCTAssertEqual(try notices(["model.heads=2", "model.dropout=0.1"]), [])
    XCTAssertEqual(
      try notices(["model.heads=2", "model.hierarchies=1", "model.block_repeats=1"]), [])
  }
}
