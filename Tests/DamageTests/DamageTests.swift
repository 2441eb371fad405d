import Configuration
import Datasets
import Digest
import Evaluation
import Files
import HTNetModel
import NeuralNetwork
import Random
import Reporting
import RunStore
import Safetensors
import Tasks
import XCTest

/// Damaged files of every kind: each is refused, or loads as what it was; none ends the program.
///
/// `HTNET_DAMAGED_FILES` sets how many (`scripts/fuzz` runs many more, under AddressSanitizer), and
/// `HTNET_DAMAGE_SEED` which.
final class DamageTests: XCTestCase {
  private static let variables = ProcessInfo.processInfo.environment
  private static let files = variables["HTNET_DAMAGED_FILES"].flatMap { Int($0) } ?? 12_000
  private static let seed = variables["HTNET_DAMAGE_SEED"].flatMap { UInt64($0) } ?? 1

  private let directory = NSTemporaryDirectory() + "htnet-damage-\(getpid())"

  override func setUpWithError() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  override func tearDown() { try? FileManager.default.removeItem(atPath: directory) }

  /// Calls `body` with a share of all damaged files; gives how many it accepted.
  private func damage(_ original: Data, share: Double, _ body: (Data, Int) throws -> Bool) rethrows
  {
    let count = max(1, Int(share * Double(Self.files)))
    var accepted = 0
    for number in 0..<count {
      var mutator = Mutator(seed: Self.seed, number: number)
      if try body(mutator.damaged(original), number) { accepted += 1 }
    }
    print("\(name): \(count) damaged files, \(accepted) of them read as what they were")
    XCTAssertLessThan(accepted, count, "no damage was noticed")
  }

  /// Asserts that an error is one of those that tell a user what is wrong.
  private func assertClear(
    _ error: any Error, _ number: Int, file: StaticString = #filePath, line: UInt = #line
  ) {
    switch error {
    case is SafetensorsError, is RunError, is ConfigurationError, is DataError, is FileError,
      is HTNetConfigurationError:
      break
    default: XCTFail("input \(number): \(type(of: error)): \(error)", file: file, line: line)
    }
  }

  // MARK: - Weights

  private var model: HTNetConfiguration {
    var model = HTNetConfiguration()
    model.dim = 3
    model.blockRepeats = [1, 1, 1]
    return model
  }

  private func digest(_ weights: Weights<Float>) -> String {
    let digest = SHA256()
    weights.forEachPublishedTensor { digest.update($0) }
    return digest.finish()
  }

  /// Kept weights with one changed byte are not the weights that their hash names.
  func testSafetensors() throws {
    let layout = try HTNet(model).layout
    let weights = Weights<Float>(layout)
    weights.initialize(CounterGenerator(seed: 1, fold: 0, purpose: .initialWeights))
    let hash = digest(weights)
    let original = SafetensorsWriter.encode(
      weights.tensors(),
      metadata: ["weights_sha256": hash, "config": model.publishedArguments, "subject": "s1"])
    // Most of a file is numbers; damage to the header needs its own share.
    let header = original.prefix(
      8 + Int(original.prefix(2).reversed().reduce(0) { $0 << 8 | Int($1) }))
    for part in [original, header] {
      let rest = original.dropFirst(part.count)
      damage(part, share: 0.15) { damaged, number in
        do {
          let file = try SafetensorsFile(damaged + rest, file: "damaged")
          let model = try HTNetConfiguration(metadataOf: file)
          guard model == self.model else { return false }
          let read = digest(try Weights(layout, from: file))
          guard let expected = file.metadata["weights_sha256"] else { return false }
          guard read == expected else { return false }
          XCTAssertEqual(read, hash, "input \(number)")
          return true
        } catch {
          assertClear(error, number)
          return false
        }
      }
    }
  }

  // MARK: - Run directories

  private func makeRun() throws -> RunDirectory {
    let run = RunDirectory(directory + "/run")
    try run.prepare()
    try run.setConfiguration(RunConfiguration().yaml)
    let ledger = try LedgerWriter(path: run.ledgerPath)
    let subjects = ["s1", "sub02", "006"]
    try ledger.append(
      .jobStarted(
        .init(
          time: "2024-01-01T00:00:00Z", program: "htnet",
          configurationSHA256: try run.configurationSHA256(),
          dataSHA256: SHA256.hexadecimal(of: Data("data".utf8)),
          protocols: [.lastEpoch, .bestOnTest], classes: 3,
          clips: subjects.enumerated().map {
            .init(dataset: "smic", subject: $1, clip: "c", truth: $0, fold: $1)
          }, tasks: subjects.map { TaskKey(split: $0) },
          machine: .init(
            hosts: ["h"], ranks: 1, groups: [[0]], threadsPerRank: 1, cpu: "c", kernel: "k",
            mpi: "m"))))
    for (index, subject) in subjects.enumerated() {
      let hash = SHA256.hexadecimal(of: Data(subject.utf8))
      try ledger.append(.foldStarted(.init(time: "t", task: TaskKey(split: subject), ranks: [0])))
      let result = TaskResult(
        task: TaskKey(split: subject), fold: index, clips: ["c"], losses: [1, 0.5],
        logits: [[1, 2, 0.5]],
        logitsOfEveryEpoch: [[[1, 0, 0]], [[1, 2, 0.5]]], weightsSHA256: hash)
      try ledger.append(
        .foldFinished(
          .init(
            time: "t", task: TaskKey(split: subject), seconds: 1,
            resultSHA256: try run.write(result),
            weightsSHA256: hash)))
    }
    try ledger.append(.runFinished(.init(time: "t")))
    return run
  }

  /// A damaged ledger is refused, or has lost its end and nothing else.
  func testLedger() throws {
    let run = try makeRun()
    let original = try Data(contentsOf: URL(fileURLWithPath: run.ledgerPath))
    let records = try run.ledger().records
    try damage(original, share: 0.3) { damaged, number in
      try damaged.write(to: URL(fileURLWithPath: run.ledgerPath))
      do {
        let read = try run.ledger().records
        XCTAssertTrue(records.starts(with: read), "input \(number)")
        let report = try Report(run, warn: { _ in })
        XCTAssertLessThanOrEqual(report.only?.folds.count ?? 0, 3, "input \(number)")
        // What can be read can be gone on with.
        try LedgerWriter(path: run.ledgerPath).append(.jobStopped(.init(time: "t", reason: "test")))
        XCTAssertEqual(try run.ledger().records.count, read.count + 1, "input \(number)")
        return read.count == records.count
      } catch {
        assertClear(error, number)
        return false
      }
    }
  }

  /// A damaged result is one that was not written: its fold counts as not done.
  func testResult() throws {
    let run = try makeRun()
    let path = URL(fileURLWithPath: run.resultPath(TaskKey(split: "sub02")))
    let original = try Data(contentsOf: path)
    try damage(original, share: 0.1) { damaged, number in
      try damaged.write(to: path)
      var warnings: [String] = []
      let finished = try run.finishedFolds { warnings.append($0) }
      XCTAssertEqual(finished.keys.map(\.split).sorted(), ["006", "s1"], "input \(number)")
      XCTAssertEqual(warnings.count, 1, "input \(number)")
      return false
    }
  }

  // MARK: - Configurations

  private func assertReads(
    _ text: Data, _ number: Int, as expected: RunConfiguration = RunConfiguration()
  ) throws -> Bool {
    let path = directory + "/config.yaml"
    try text.write(to: URL(fileURLWithPath: path))
    do {
      let read = try RunConfiguration.load(file: path)
      XCTAssertEqual(
        try RunConfiguration(yaml: read.yaml, file: "again").yaml, read.yaml, "input \(number)")
      return read.yaml == expected.yaml
    } catch {
      assertClear(error, number)
      return false
    }
  }

  /// A damaged configuration is refused with a place, or is a valid one that reads back the same;
  /// that it is another than the run's is for the hash in the ledger to notice.
  func testConfiguration() throws {
    var configuration = RunConfiguration()
    configuration.data.path = "data/release"
    let original = Data(configuration.yaml.utf8)
    try damage(original, share: 0.15) { try assertReads($0, $1, as: configuration) }
  }

  /// Documents that are made to exhaust a parser.
  func testHostileConfigurations() throws {
    let levels = (1...40).map { level in
      let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
      return "a\(level): &a\(level) [\(aliases)]"
    }
    let documents = [
      String(repeating: "[", count: 200_000), String(repeating: "{a: ", count: 100_000),
      String(repeating: "- ", count: 200_000), String(repeating: "? ", count: 100_000),
      (["a0: &a0 [x]"] + levels).joined(separator: "\n"),
      "data: &a\n  path: *a\n", "data: *b\n", "--- a\n--- b\n", "%YAML 9.9\n---\n", "\u{0}", "",
      "model:\n  block_repeats: " + String(repeating: "[", count: 100_000),
      "training:\n  seed: " + String(repeating: "9", count: 100_000),
    ]
    for (number, document) in documents.enumerated() {
      _ = try assertReads(Data(document.utf8), number)
    }
  }

  // MARK: - Data sets

  /// Labels, landmarks and images: refused with their names, or read as numbers of their own, which
  /// the digest of the data tells apart.
  func testData() throws {
    let root = directory + "/data"
    _ = try SyntheticDataset(subjects: 3, clips: 2, seed: 1).write(to: root)
    var configuration = DataConfiguration()
    configuration.path = root
    let composite = try Dataset.load(configuration, InputShape(classes: 3, channels: 3, side: 28))
    let files = try FileManager.default.subpathsOfDirectory(atPath: root)
    let image = try XCTUnwrap(files.sorted().first { $0.hasSuffix(".png") })
    for name in try [image] + XCTUnwrap(files.filter { $0.hasSuffix(".csv") }.sorted()) {
      let path = URL(fileURLWithPath: root + "/" + name)
      let original = try Data(contentsOf: path)
      try damage(original, share: name == image ? 0.15 : 0.05) { damaged, number in
        try damaged.write(to: path)
        do {
          let read = try Dataset.load(configuration, InputShape(classes: 3, channels: 3, side: 28))
          let isSame = read.clips == composite.clips && read.pixels == composite.pixels
          XCTAssertEqual(read.digest == composite.digest, isSame, "input \(number) of \(name)")
          return isSame
        } catch {
          assertClear(error, number)
          return false
        }
      }
      try original.write(to: path)
    }
  }
}
