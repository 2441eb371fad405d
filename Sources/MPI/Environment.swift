import CMPI
import Console
import Foundation

/// MPI between its start and its end; one a process.
public final class Environment: Sendable {
  /// All ranks of the job.
  public let world: Communicator
  /// The ranks that share this host's cores and memory.
  public let onHost: Communicator
  private let watchdog: Watchdog

  /// Seconds for the end, to which all ranks come together. On several hosts MPICH's over UCX does not
  /// return more often than not: a rank waits for answers of others that wait for its launcher.
  private static let endDeadline = Implementation.built == .mpich ? 5.0 : 30.0

  /// Seconds for the start: where a launcher cannot start a rank and does not end the others, they would wait.
  private static let startDeadline = 180.0

  /// Seconds for ending the job at once, which waits for nobody.
  private static let abortDeadline = 30.0

  /// Starts MPI. Without mpirun the world is this process alone. (MPI_Init_thread)
  ///
  /// - Parameters:
  ///   - launcher: What started this process; asked before MPI starts.
  ///   - deadline: Seconds after which a wait for other ranks is given up.
  ///   - overdueStatus: What the process ends with when a call of MPI itself does not return by
  ///     then, so that no error can be thrown; 70 is an internal failure in sysexits.h.
  ///   - giveUp: Asked again and again while other ranks have not started; may end the process.
  /// - Throws: `MPIError`, also if the launcher started ranks that do not see one another.
  public init(
    launcher: Launcher = Launcher(), deadline: Double = 600, overdueStatus: Int32 = 70,
    giveUp: Communicator.GiveUp? = nil
  ) throws {
    // Before MPI has begun only the launcher knows the rank; a process without one is rank 0.
    let watchdog = Watchdog(rank: launcher.rank ?? 0, deadline: deadline, status: overdueStatus)
    self.watchdog = watchdog
    var multiple: Int32 = 0
    let start = Watchdog(
      rank: watchdog.rank, deadline: min(deadline, Self.startDeadline), status: overdueStatus)
    try start.watch("all ranks to start MPI", giveUp: giveUp) {
      try MPIError.check(cmpi_init(&multiple), "starting MPI")
    }
    guard multiple == 1 else { throw MPIError.noThreads }
    world = try Communicator(cmpi_world(), name: "the job", watchdog)
    for size in launcher.sizes where size.ranks != world.size {
      throw MPIError.wrongLauncher(
        variable: size.variable, expected: size.ranks, size: world.size)
    }
    do {
      try HostReach(world: world).check()
    } catch let error as MPIError {
      // The others may wait for one that is not cut off.
      logger.critical("\(error)")
      watchdog.watch("the launcher to end all ranks") { cmpi_abort(overdueStatus) }
    }
    onHost = try world.splitByHost(name: "host \(Place.host)")
  }

  /// Ends MPI; every rank must call it, once all that it has to say and to write is written.
  /// (MPI_Finalize)
  ///
  /// Where that does not return, since a rank has died meanwhile or a library hangs, the process ends
  /// itself.
  ///
  /// - Parameter status: What the process will end with.
  public func finalize(status: Int32 = 0) throws {
    // A process that ends itself writes nothing more.
    fflush(nil)
    let watchdog = Watchdog(
      rank: world.rank, deadline: min(watchdog.deadline, Self.endDeadline), status: status)
    try watchdog.watchEnd {
      try onHost.free()
      try world.postedMessages.clear()
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
    return String(decoding: bytes.map { $0 == 9 ? 32 : $0 }, as: UTF8.self)
  }
}
