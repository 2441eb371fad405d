import CMPI
import Foundation

/// The MPI that the program was built with (`HTNET_MPI` in `Package.swift`).
public enum Implementation: String, Sendable {
  case openMPI = "openmpi"
  case mpich

  public static let built: Implementation = cmpi_is_mpich() == 1 ? .mpich : .openMPI

  var name: String { self == .mpich ? "MPICH" : "Open MPI" }

  /// The other one.
  var other: Implementation { self == .mpich ? .openMPI : .mpich }

  /// Its mpirun's name. Where several MPIs are installed, as Debian allows, the plain name is one of
  /// theirs, and each has its own as well.
  public func mpirun(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    let names = ["mpirun.\(rawValue)", "mpirun"]
    for directory in (environment["PATH"] ?? "").split(separator: ":") {
      for name in names
      where FileManager.default.isExecutableFile(atPath: "\(directory)/\(name)") {
        return name
      }
    }
    return "mpirun"
  }
}
