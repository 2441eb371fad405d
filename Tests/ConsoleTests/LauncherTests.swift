import Console
import XCTest

/// What a launcher's variables say.
final class LauncherTests: XCTestCase {
  func testNobody() {
    let launcher = Launcher([:])
    XCTAssertFalse(launcher.startsRanks)
    XCTAssertFalse(launcher.isMpirun)
    XCTAssertNil(launcher.rank)
    XCTAssertEqual(launcher.sizes, [])
    // A job of Slurm's outside a step is no rank.
    XCTAssertFalse(Launcher(["SLURM_NTASKS": "4", "SLURM_JOB_ID": "7"]).startsRanks)
  }

  func testMpirun() {
    let launcher = Launcher(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"])
    XCTAssertTrue(launcher.startsRanks)
    XCTAssertTrue(launcher.isMpirun)
    XCTAssertEqual(launcher.rank, 3)
    XCTAssertEqual(launcher.sizes, [.init("OMPI_COMM_WORLD_SIZE", 4)])
    // mpirun inside a step: the step's tasks are not its ranks.
    let inside = Launcher([
      "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "1", "SLURM_STEP_ID": "0",
      "SLURM_NTASKS": "2", "SLURM_PROCID": "0",
    ])
    XCTAssertEqual(inside.rank, 1)
    XCTAssertEqual(inside.sizes, [.init("OMPI_COMM_WORLD_SIZE", 4)])
  }

  func testSrunAndMPICH() {
    let srun = Launcher(["SLURM_STEP_ID": "0", "SLURM_NTASKS": "8", "SLURM_PROCID": "5"])
    XCTAssertTrue(srun.startsRanks)
    XCTAssertFalse(srun.isMpirun)
    XCTAssertEqual(srun.rank, 5)
    XCTAssertEqual(srun.sizes, [.init("SLURM_NTASKS", 8)])
    // A batch script and an interactive shell are steps of Slurm's too, and start ranks themselves.
    for step in ["4294967290", "4294967291"] {
      XCTAssertFalse(Launcher(["SLURM_STEP_ID": step, "SLURM_NTASKS": "1"]).startsRanks)
    }
    // MPICH's mpirun hands signals on and waits.
    let hydra = Launcher(["PMI_RANK": "2", "PMI_SIZE": "3"])
    XCTAssertTrue(hydra.startsRanks)
    XCTAssertFalse(hydra.isMpirun)
    XCTAssertFalse(hydra.isHasty("SIGTERM"))
    XCTAssertEqual(hydra.rank, 2)
    XCTAssertEqual(hydra.sizes, [.init("PMI_SIZE", 3)])
  }

  func testSignalsAfterWhichRanksAreEnded() {
    let mpirun = Launcher(["OMPI_COMM_WORLD_SIZE": "4"])
    XCTAssertTrue(mpirun.isHasty("SIGINT"))
    XCTAssertTrue(mpirun.isHasty("SIGTERM"))
    XCTAssertFalse(mpirun.isHasty("SIGUSR1"))
    XCTAssertFalse(Launcher([:]).isHasty("SIGTERM"))
  }
}

extension Launcher.Size {
  fileprivate init(_ variable: String, _ ranks: Int) {
    self.init(variable: variable, ranks: ranks)
  }
}
