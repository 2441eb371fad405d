import Foundation

/// How tests launch ranks on this machine, with the MPI that they were built with (`HTNET_MPI`).
public enum Mpirun {
  #if HTNET_MPICH
    public static let isMPICH = true
  #else
    public static let isMPICH = false
  #endif

  /// Where mpirun is; nil: not on the PATH. Where several MPIs are installed, each has its own name.
  static func path(_ environment: [String: String]) -> String? {
    let names = [isMPICH ? "mpirun.mpich" : "mpirun.openmpi", "mpirun"]
    return (environment["PATH"] ?? "").split(separator: ":")
      .flatMap { directory in names.map { "\(directory)/\($0)" } }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  public static var name: String {
    path(ProcessInfo.processInfo.environment).map { ($0 as NSString).lastPathComponent } ?? "mpirun"
  }

  /// More ranks than cores: they must be free to move, and must let one another go on. MPICH binds
  /// nothing by itself.
  public static let crowded =
    isMPICH ? [] : ["--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"]

  /// What mpirun needs for so many ranks.
  public static func options(ranks: Int) -> [String] {
    ranks > ProcessInfo.processInfo.activeProcessorCount ? crowded : []
  }

  public static func command(ranks: Int, _ program: [String]) -> [String] {
    [name, "-n", "\(ranks)"] + options(ranks: ranks) + program
  }

  public static var environment: [String: String] {
    guard getuid() == 0, !isMPICH else { return [:] }
    return ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]
  }

  /// The variable that tells a process its rank.
  public static let rankVariable = isMPICH ? "PMI_RANK" : "OMPI_COMM_WORLD_RANK"
  /// Those that tell it of the other ranks of its host.
  public static let hostVariables =
    isMPICH
    ? ["MPI_LOCALNRANKS", "MPI_LOCALRANKID"]
    : ["OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"]

  /// What mpirun ends with when a rank was killed: as a shell would, or with the signal's bare number.
  public static let killedStatus: Int32 = isMPICH ? SIGKILL : 128 + SIGKILL
  /// What it ends with when it got SIGINT or SIGTERM: MPICH's hands them to the ranks, and ends with
  /// their status.
  public static let interruptedStatus: Int32 = isMPICH ? 75 : 1

  /// Whether it may end with this where its ranks end with another: after a signal MPICH's says now and
  /// then 0.
  public static func mayEnd(with status: Int32, forRanks ranks: Int32) -> Bool {
    status == ranks || (isMPICH && status == 0)
  }
}
