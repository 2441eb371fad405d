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

  /// Open MPI's parameters by which mpirun notices after 25 s that a host has gone silent, with their values.
  private static let keepalive = [("time", 10), ("intvl", 5), ("probes", 3)].map {
    ("oob_tcp_keepalive_\($0)", "\($1)")
  }

  /// Options by which mpirun notices a host that has gone silent, which it would wait for without end
  /// otherwise; none for MPICH's, which has no such options.
  public var silentHostOptions: [String] {
    self == .mpich ? [] : Self.keepalive.flatMap { ["--mca", $0, $1] }
  }

  /// The same for an mpirun with these options and variables besides: none where one of the parameters is set there.
  public func silentHostOptions(
    besides options: [String],
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> [String] {
    let isSet = Self.keepalive.contains { name, _ in
      options.contains(name) || environment["OMPI_MCA_\(name)"] != nil
    }
    return isSet ? [] : silentHostOptions
  }
}
