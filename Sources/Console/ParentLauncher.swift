import Foundation

/// Who started this process as a rank.
///
/// Asked before MPI starts: `MPI_Init` sets some of a launcher's variables itself.
public struct ParentLauncher: Sendable {
  /// Whether Open MPI's mpirun, which ends its ranks a second or two after SIGINT, SIGTERM or the
  /// death of a rank, however busy they are.
  public let isMpirun: Bool
  /// mpirun's process, if it is this one's parent; on other hosts a daemon is.
  public let mpirun: pid_t?

  public init() {
    isMpirun = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"] != nil
    let parent = getppid()
    let name = (try? String(contentsOfFile: "/proc/\(parent)/comm", encoding: .utf8)) ?? ""
    let isParentLauncher = ["mpirun", "mpiexec", "orterun", "prterun"].contains {
      name.hasPrefix($0)
    }
    mpirun = isParentLauncher ? parent : nil
  }
}
