import Foundation
import XCTest

/// What `cluster/htnet.sbatch` starts, without Slurm.
final class SlurmTemplateTests: JobTestCase {
  private func trained(_ arguments: [String]) throws -> [String] {
    try prepare(["0"])
    let ended = try run(
      ["bash", Self.cluster + "/htnet.sbatch"] + arguments,
      environment: variables.merging([
        "HTNET_CLUSTER": Self.cluster, "HTNET_LAUNCHER": "mpirun", "SLURM_CPUS_PER_TASK": "3",
      ]) { $1 })
    assertSuccess(ended)
    XCTAssertEqual(ended.errors, "")
    return lines("trained")
  }

  func testArgumentsAreHandedOn() throws {
    let start = "train --restarts 0 --mpirun-args --map-by slot:PE=3 "
    XCTAssertEqual(
      try trained(["a.yaml", "data", "run"]), [start + "--config=a.yaml --data=data --run=run"])
    // Such names would be options by themselves.
    XCTAssertEqual(
      try trained(["-a.yaml", "-data", "-run", "--set", "study={model.dim: [24, 48]}"]),
      [start + "--config=-a.yaml --data=-data --run=-run --set study={model.dim: [24, 48]}"])
  }
}
