import Cluster
import Console
import Foundation
import Job
import XCTest

/// A rank whose deadline is seconds instead of ten minutes: this bundle runs the job itself.
final class LocalClusterScene: XCTestCase {
  private static let variable = "HTNET_TEST_CLUSTER_SCENE"

  /// What mpirun starts.
  ///
  /// - Parameter train: The program and its arguments, as `arguments` of `TrainingTestCase`.
  static func command(_ train: [String], deadline: Double) -> [String] {
    let scene = (["\(deadline)"] + train.dropFirst(2)).joined(separator: "\t")
    return [
      "-x", "\(variable)=\(scene)", CommandLineTestCase.bundle,
      "CommandLineTests.LocalClusterScene/testTrain",
    ]
  }

  func testTrain() throws {
    guard let scene = ProcessInfo.processInfo.environment[Self.variable] else {
      throw XCTSkip("runs under mpirun, started by LocalClusterLossTests")
    }
    // The deadline, and pairs of an option and its value.
    let words = scene.split(separator: "\t").map(String.init)
    var options: [String: [String]] = [:]
    for index in stride(from: 1, to: words.count, by: 2) {
      options[words[index], default: []].append(words[index + 1])
    }
    ConsoleHandler.bootstrap()
    // XCTest's own status would hide it.
    exit(
      TrainingJob.run(
        TrainRequest(
          configuration: options["--config"]?.first, data: options["--data"]?.first,
          run: try XCTUnwrap(options["--run"]?.first), overrides: options["--set"] ?? []),
        version: "test", deadline: try XCTUnwrap(Double(words[0]))))
  }
}
