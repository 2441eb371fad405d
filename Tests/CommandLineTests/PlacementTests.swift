import Kernels
import XCTest

/// Where and by how many a fold is trained never changes a bit of it.
final class PlacementTests: CommandLineTestCase {
  private struct Placement {
    /// nil: without mpirun.
    var ranks: Int?
    /// nil: chosen by the program.
    var ranksPerFold: Int? = 1
    var threads = 1
    var dedicated = false

    var name: String {
      "\(ranks.map { "mpirun -n \($0)" } ?? "alone"), \(perFold) a fold, \(threads) threads"
        + (dedicated ? ", dedicated coordinator" : "")
    }

    private var perFold: String { ranksPerFold.map { "\($0)" } ?? "auto" }

    var settings: [String] {
      [
        "--set", "cluster.ranks_per_fold=\(perFold)", "--set",
        "training.threads_per_rank=\(threads)", "--set",
        "cluster.dedicated_coordinator=\(dedicated)",
      ]
    }
  }

  private static let placements = [
    Placement(), Placement(threads: 2), Placement(ranks: 1), Placement(ranks: 2),
    Placement(ranks: 2, ranksPerFold: 2), Placement(ranks: 2, ranksPerFold: 2, threads: 2),
    Placement(ranks: 3), Placement(ranks: 3, ranksPerFold: 2),
    Placement(ranks: 3, ranksPerFold: 2, dedicated: true), Placement(ranks: 4, ranksPerFold: 2),
    Placement(ranks: 4, ranksPerFold: 4), Placement(ranks: 4, ranksPerFold: nil),
  ]

  /// Trains the same folds in every placement and compares the results' bytes: losses, test logits
  /// of every epoch and `weights_sha256`.
  private func assertEqualResults(
    _ placements: [Placement], configuration: String, file: StaticString = #filePath,
    line: UInt = #line
  ) throws {
    let data = try synthesize()
    let clips = RunFiles.table(
      try XCTUnwrap(
        FileManager.default.contents(
          atPath: data + "/combined_3_class2_for_optical_flow.csv"))
    ).rows.map { $0[1] }
    let subjects = ["sub01", "001", "s1"]
    // An odd batch size that leaves one clip for the last batch of some fold.
    let batch = try XCTUnwrap(
      [9, 11, 13].first { batch in
        subjects.contains { subject in clips.count { $0 != subject } % batch == 1 }
      })
    let config = try write(configuration, to: "config.yaml")
    var expected: [String: Data] = [:]
    for (number, placement) in placements.enumerated() {
      let run = path("run-\(number)")
      let arguments =
        [
          "train", "--config", config, "--data", data, "--run", run, "--set",
          "folds.include=sub01,001,s1", "--set", "training.batch_size=\(batch)",
        ] + placement.settings
      let ended = try placement.ranks.map { try htnet(ranks: $0, arguments) } ?? htnet(arguments)
      XCTAssertEqual(ended.status, 0, "\(placement.name): \(ended.errors)", file: file, line: line)
      let results = RunFiles(run).results
      XCTAssertEqual(results.keys.sorted(), subjects.sorted(), placement.name)
      if number == 0 { expected = results }
      for (subject, result) in results {
        XCTAssertEqual(
          String(decoding: result, as: UTF8.self),
          String(decoding: expected[subject] ?? Data(), as: UTF8.self),
          "\(placement.name): fold \(subject)", file: file, line: line)
      }
    }
    // The folds really differ, so equal bytes are not those of a constant.
    XCTAssertEqual(Set(expected.values).count, subjects.count)
    for result in expected.values {
      let object = try XCTUnwrap(JSONSerialization.jsonObject(with: result) as? [String: Any])
      XCTAssertEqual((object["weights_sha256"] as? String)?.count, 64)
      XCTAssertEqual((object["losses"] as? [Double])?.count, 2)
    }
  }

  func testOneTokenBlocks() throws {
    try assertEqualResults(
      Self.placements,
      configuration: """
        model: {dim: 12, heads: 3, hierarchies: 3, block_repeats: [1, 1, 2]}
        training: {epochs: 2, learning_rate: 1.0e-3}
        evaluation: {protocols: [last-epoch, best-on-test]}
        """)
  }

  func testSeveralTokensWithDropoutAndShuffling() throws {
    try assertEqualResults(
      Self.placements,
      configuration: """
        data: {regions: whole}
        model: {dim: 8, heads: 2, hierarchies: 2, block_repeats: [1, 1], dropout: 0.3}
        training: {epochs: 2, learning_rate: 1.0e-3, shuffle: true, seed: 7}
        """)
  }

  /// Only where the CPU multiplies bfloat16.
  func testBFloat16() throws {
    guard (try? ProductKernel.best(.bf16)) != nil else { throw XCTSkip("this CPU has no bf16") }
    try assertEqualResults(
      [
        Placement(), Placement(ranks: 2, ranksPerFold: 2), Placement(ranks: 3, ranksPerFold: 3),
        Placement(ranks: 4, ranksPerFold: 2),
      ],
      configuration: """
        model: {dim: 12, heads: 3, hierarchies: 3, block_repeats: [1, 1, 1]}
        training: {epochs: 2, learning_rate: 1.0e-3, precision: bf16}
        """)
  }

  func testRanksThatDoNotDivideTheShards() throws {
    try assertEqualResults(
      [Placement(), Placement(ranks: 3, ranksPerFold: 3), Placement(ranks: 4, ranksPerFold: 3)],
      configuration: """
        model: {dim: 8, heads: 2, hierarchies: 1, block_repeats: [1]}
        training: {epochs: 2, learning_rate: 1.0e-3, gradient_shards: 8}
        """)
  }
}
