import CMPI
import Console
import Foundation

/// MPI between its start and its end; one a process.
public final class Environment {
  /// All ranks of the job.
  public let world: Communicator
  /// The ranks that share this host's cores and memory.
  public let onHost: Communicator
  private let watchdog: Watchdog

  /// Seconds for ending the job at once, which waits for nobody.
  private static let abortDeadline = 30.0

  /// Whether a launcher (mpirun, srun) started this process as one rank of a job.
  public static var isLaunched: Bool {
    let variables = ProcessInfo.processInfo.environment
    return ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "SLURM_STEP_ID"].contains {
      variables[$0] != nil
    }
  }

  /// Starts MPI. Without mpirun the world is this process alone. (MPI_Init_thread)
  ///
  /// - Parameters:
  ///   - deadline: Seconds after which a wait for other ranks is given up.
  ///   - overdueStatus: What the process ends with when a call of MPI itself does not return by
  ///     then, so that no error can be thrown; 70 is an internal failure in sysexits.h.
  /// - Throws: `MPIError`, also if the launcher started ranks that do not see one another.
  public init(deadline: Double = 600, overdueStatus: Int32 = 70) throws {
    let variables = ProcessInfo.processInfo.environment
    func number(_ name: String) -> Int? { variables[name].flatMap { Int($0) } }
    let rank = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]
      .compactMap(number).first
    // Before MPI has begun only the launcher knows the rank; a process without one is rank 0.
    let watchdog = Watchdog(rank: rank ?? 0, deadline: deadline, status: overdueStatus)
    self.watchdog = watchdog
    var multiple: Int32 = 0
    try watchdog.watch("all ranks to start MPI") {
      try MPIError.check(cmpi_init(&multiple), "starting MPI")
    }
    guard multiple == 1 else { throw MPIError.noThreads }
    world = try Communicator(cmpi_world(), name: "the job", watchdog)
    // Only inside a step of srun does SLURM_NTASKS count the ranks of this program.
    let step = variables["SLURM_STEP_ID"] != nil && variables["OMPI_COMM_WORLD_SIZE"] == nil
    for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"] + (step ? ["SLURM_NTASKS"] : []) {
      if let expected = number(name), expected != world.size {
        throw MPIError.wrongLauncher(variable: name, expected: expected, size: world.size)
      }
    }
    onHost = try world.splitByHost(name: "host \(Place.host)")
  }

  /// Ends MPI; every rank must call it. (MPI_Finalize)
  public func finalize() throws {
    try onHost.free()
    try watchdog.watch("all ranks to end MPI") {
      try MPIError.check(cmpi_finalize(), "ending MPI")
    }
  }

  /// Ends all ranks of the job at once. (MPI_Abort)
  public func abort(status: Int32) -> Never {
    let watchdog = Watchdog(
      rank: world.rank, deadline: min(watchdog.deadline, Self.abortDeadline), status: status)
    watchdog.watch("the launcher to end all ranks") { cmpi_abort(status) }
    exit(status)
  }

  /// The library's name and version.
  public static var libraryVersion: String {
    var text = [CChar](repeating: 0, count: 512)
    cmpi_library_version(&text, text.count)
    let bytes = text.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
