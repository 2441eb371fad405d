import Foundation
import XCTest

/// A test of runs of all folds, on data and with a configuration of its own.
class TrainingTestCase: CommandLineTestCase {
  private(set) var data = ""
  private var config = ""
  /// Of each fold: so many that a run is always caught in the middle.
  class var epochs: Int { 400 }

  override func setUpWithError() throws {
    try super.setUpWithError()
    data = try synthesize()
    config = try write(
      """
      model: {dim: 12, heads: 3, hierarchies: 3, block_repeats: [1, 1, 1]}
      training: {epochs: \(Self.epochs), batch_size: 8, learning_rate: 1.0e-3, shuffle: true}
      """, to: "config.yaml")
  }

  func arguments(_ run: String, _ settings: [String] = []) -> [String] {
    ["train", "--config", config, "--data", data, "--run", path(run)]
      + settings.flatMap { ["--set", $0] }
  }

  func report(_ run: String) throws -> Data {
    assertSuccess(try htnet(["report", path(run)]))
    return try RunFiles(path(run)).report("report.json")
  }
}
