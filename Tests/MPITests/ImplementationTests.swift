import Foundation
import MPI
import TestSupport
import XCTest

/// One MPI of two, chosen when the package is built.
final class ImplementationTests: XCTestCase {
  func testHeaderLibraryAndTestsAreOfOneMPI() {
    XCTAssertEqual(Implementation.built, Mpirun.isMPICH ? .mpich : .openMPI)
    let version = Environment.libraryVersion
    XCTAssertTrue(version.hasPrefix(Mpirun.isMPICH ? "MPICH Version: " : "Open MPI v"), version)
  }

  func testMpirunOfTheSameMPIIsPreferred() throws {
    try withTemporaryDirectory { directory in
      func path(_ names: [String]) throws -> [String: String] {
        let place = directory + "/" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        for name in names {
          _ = FileManager.default.createFile(
            atPath: place + "/" + name, contents: nil, attributes: [.posixPermissions: 0o755])
        }
        return ["PATH": "/nonexistent:" + place]
      }
      let both = ["mpirun", "mpirun.openmpi", "mpirun.mpich"]
      XCTAssertEqual(Implementation.mpich.mpirun(try path(both)), "mpirun.mpich")
      XCTAssertEqual(Implementation.openMPI.mpirun(try path(both)), "mpirun.openmpi")
      XCTAssertEqual(Implementation.mpich.mpirun(try path(["mpirun"])), "mpirun")
      XCTAssertEqual(Implementation.mpich.mpirun(["PATH": "/nonexistent"]), "mpirun")
      // Who puts another MPI first means that one.
      let own = try XCTUnwrap(path(["mpirun"])["PATH"])
      let system = try XCTUnwrap(path(both)["PATH"])
      XCTAssertEqual(Implementation.mpich.mpirun(["PATH": own + ":" + system]), "mpirun")
    }
  }

  func testWordsForALauncherThatDoesNotBelong() {
    let error = MPIError.wrongLauncher(variable: "PMI_SIZE", expected: 2, size: 1)
    let (mine, other) = Mpirun.isMPICH ? ("MPICH", "openmpi") : ("Open MPI", "mpich")
    XCTAssertEqual(
      error.description,
      "PMI_SIZE says 2 ranks, but MPI sees 1: this program was built with \(mine), which the launcher "
        + "does not belong to; start it with \(Implementation.built.mpirun()), or build it with "
        + "HTNET_MPI=\(other)")
    let slurm = MPIError.wrongLauncher(variable: "SLURM_NTASKS", expected: 2, size: 1)
    XCTAssertTrue(slurm.description.hasSuffix("use srun --mpi=pmix, or mpirun in a batch script"))
  }
}
