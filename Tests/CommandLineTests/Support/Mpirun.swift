import Foundation

/// How tests launch ranks on this machine.
enum Mpirun {
  static func command(ranks: Int, _ program: [String]) -> [String] {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    // Ranks that share a core must be free to move, and must let one another go on.
    let crowded =
      ranks > cores
      ? ["--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"] : []
    return ["mpirun", "-n", "\(ranks)"] + crowded + program
  }

  static var environment: [String: String] {
    guard getuid() == 0 else { return [:] }
    return ["OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"]
  }
}
