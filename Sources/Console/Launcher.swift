import Foundation

/// What started this process as a rank of a job: mpirun, srun, or nobody.
///
/// It is asked before MPI starts: `MPI_Init` sets some of a launcher's variables itself.
public struct Launcher: Sendable {
  /// A variable that says how many ranks were started.
  public struct Size: Sendable, Equatable {
    public let variable: String
    public let ranks: Int

    public init(variable: String, ranks: Int) {
      self.variable = variable
      self.ranks = ranks
    }
  }

  /// Whether it started this process as a rank.
  public let startsRanks: Bool
  /// The number that it gave this process; nil: none.
  public let rank: Int?
  /// How many ranks it started, in each of the ways in which it says so.
  public let sizes: [Size]
  /// Whether it is Open MPI's mpirun, which ends its ranks within `grace` after SIGINT, SIGTERM or the
  /// death of a rank, however busy they are.
  public let isMpirun: Bool
  /// Whether it leaves the other ranks alone when one dies, and waits for them: `mpirun --enable-recovery`.
  public let recovers: Bool
  /// mpirun's process, if it runs on this host and started this process, by its daemon or not.
  public let mpirun: pid_t?

  /// Seconds that mpirun leaves its ranks when it ends them.
  public static let grace = 2
  /// The signal that mpirun hands to its ranks without ending them.
  public static let checkpointSignal = "SIGUSR1"

  private static let openMPI = "OMPI_COMM_WORLD_SIZE"
  private static let slurmStep = "SLURM_STEP_ID"

  /// Steps from here on run a batch script or a shell, which start ranks themselves.
  private static let firstScriptStep = 0xffff_fff0

  /// - Parameter variables: The environment's.
  public init(_ variables: [String: String] = ProcessInfo.processInfo.environment) {
    func number(_ name: String) -> Int? { variables[name].flatMap { Int($0) } }
    let isStep = number(Self.slurmStep).map { $0 < Self.firstScriptStep } ?? false
    startsRanks =
      isStep
      || [Self.openMPI, "PMIX_RANK", "PMI_RANK", "PMI_SIZE"].contains { variables[$0] != nil }
    rank =
      ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"].compactMap(number).first
    isMpirun = variables[Self.openMPI] != nil
    recovers = isMpirun && ["1", "true"].contains(variables["OMPI_MCA_orte_enable_recovery"])
    // Only inside a step of srun does SLURM_NTASKS count the ranks of this program.
    let names = [Self.openMPI, "PMI_SIZE"] + (isStep && !isMpirun ? ["SLURM_NTASKS"] : [])
    sizes = names.compactMap { name in number(name).map { Size(variable: name, ranks: $0) } }
    mpirun = Self.mpirun(above: getppid())
  }

  /// A rank of Open MPI on mpirun's host is its child, one of MPICH always a daemon's.
  private static func mpirun(above parent: pid_t) -> pid_t? {
    let name = (try? String(contentsOfFile: "/proc/\(parent)/comm", encoding: .utf8)) ?? ""
    if name.hasPrefix("hydra_pmi_proxy") {
      // pid (name) state parent …
      let line = (try? String(contentsOfFile: "/proc/\(parent)/stat", encoding: .utf8)) ?? ""
      let fields = line.split(separator: " ")
      return fields.count > 3 ? pid_t(fields[3]).flatMap { mpirun(above: $0) } : nil
    }
    let isMpirun = ["mpirun", "mpiexec", "orterun", "prterun"].contains { name.hasPrefix($0) }
    return isMpirun ? parent : nil
  }

  /// Whether the launcher, having got this signal, ends this rank before it can do much.
  public func isHasty(_ signal: String) -> Bool { isMpirun && signal != Self.checkpointSignal }
}
