import CMPI
import Foundation

/// MPI between its start and its end; one a process.
public final class Environment {
  /// All ranks of the job.
  public let world: Communicator
  /// This rank's place among the job's ranks on the same host, and their number.
  public let localRank: Int
  public let localSize: Int

  /// Whether a launcher (mpirun, srun) started this process as one rank of a job.
  public static var isLaunched: Bool {
    let variables = ProcessInfo.processInfo.environment
    return ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE", "SLURM_STEP_ID"].contains {
      variables[$0] != nil
    }
  }

  /// Starts MPI. Without mpirun the world is this process alone. (MPI_Init_thread)
  ///
  /// - Parameter deadline: Seconds after which a wait for other ranks is given up.
  /// - Throws: `MPIError`, also if the launcher started ranks that do not see one another.
  public init(deadline: Double = 600) throws {
    var multiple: Int32 = 0
    try MPIError.check(cmpi_init(&multiple), "starting MPI")
    guard multiple == 1 else { throw MPIError.noThreads }
    world = try Communicator(cmpi_world(), name: "all ranks", deadline: deadline)
    let variables = ProcessInfo.processInfo.environment
    func number(_ name: String) -> Int? { variables[name].flatMap { Int($0) } }
    // Only inside a step of srun does SLURM_NTASKS count the ranks of this program.
    let step = variables["SLURM_STEP_ID"] != nil && variables["OMPI_COMM_WORLD_SIZE"] == nil
    for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"] + (step ? ["SLURM_NTASKS"] : []) {
      if let expected = number(name), expected != world.size {
        throw MPIError.wrongLauncher(variable: name, expected: expected, size: world.size)
      }
    }
    localRank = number("OMPI_COMM_WORLD_LOCAL_RANK") ?? number("MPI_LOCALRANKID") ?? 0
    localSize = number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? number("MPI_LOCALNRANKS") ?? 1
  }

  /// Ends MPI; every rank must call it. (MPI_Finalize)
  public func finalize() throws { try MPIError.check(cmpi_finalize(), "ending MPI") }

  /// Ends all ranks of the job at once. (MPI_Abort)
  public func abort(status: Int32) -> Never {
    cmpi_abort(status)
    exit(status)
  }

  /// The library's name and version.
  public static var libraryVersion: String {
    var text = [CChar](repeating: 0, count: 512)
    cmpi_library_version(&text, text.count)
    let bytes = text.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// This machine's name.
  public static var host: String { ProcessInfo.processInfo.hostName }
}
