import Foundation
import TestSupport
import XCTest

/// Ranks whose launcher belongs to another MPI do not see one another.
final class OtherLauncherTests: CommandLineTestCase {
  private func assertRefused(
    _ launcher: [String], _ environment: [String: String], _ variable: String
  ) throws {
    let data = try synthesize("data-\(launcher.count)")
    let ended = try run(
      launcher + [Self.binary, "train", "--data", data, "--run", path("run")],
      environment: environment)
    XCTAssertEqual(ended.status, 2, ended.errors)
    for words in ["\(variable) says 2 ranks, but MPI sees 1", "start it with \(Mpirun.name), or "] {
      XCTAssertTrue(ended.errors.contains(words), ended.errors)
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("run")))
  }

  private let variable = Mpirun.isMPICH ? "OMPI_COMM_WORLD_SIZE" : "PMI_SIZE"

  func testItsVariableAloneIsEnough() throws {
    try assertRefused([], [variable: "2"], variable)
  }

  func testItsMpirunIsRefused() throws {
    let other = Mpirun.isMPICH ? "mpirun.openmpi" : "mpirun.mpich"
    guard try run(["sh", "-c", "command -v \(other)"]).status == 0 else {
      throw XCTSkip("the other MPI is not installed, so its \(other) was not tried")
    }
    try assertRefused(
      [other, "-n", "2"],
      ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"], variable)
  }
}
