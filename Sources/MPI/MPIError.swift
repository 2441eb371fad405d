import CMPI

/// What went wrong between ranks.
public enum MPIError: Error, CustomStringConvertible, Equatable {
  /// MPI refused an operation.
  case failed(operation: String, reason: String)
  /// An operation did not end in time.
  ///
  /// - Parameter activity: What the rank does meanwhile, such as a step of a fold.
  case timeout(operation: String, rank: Int, host: String, seconds: Double, activity: String?)
  /// Hosts cannot reach one another.
  case unreachable(from: String, hosts: [String], seconds: Double)
  /// MPI did not end in time, after all that the process had to do.
  case endless(rank: Int, host: String, seconds: Double, status: Int32)
  /// The launcher and the MPI library do not belong together.
  case wrongLauncher(variable: String, expected: Int, size: Int)
  /// The library cannot be called from several threads.
  case noThreads

  public var description: String {
    switch self {
    case .failed(let operation, let reason):
      "\(operation) failed: \(reason)"
    case .timeout(let operation, let rank, let host, let seconds, let activity):
      "rank \(rank) on \(host) waited \(Int(seconds)) s for \(operation)"
        + (activity.map { ", at \($0)" } ?? "") + ": another rank has died, "
        + "is stopped or cannot be reached; look at its host, then run the same command again"
    case .unreachable(let host, let hosts, let seconds):
      "\(host) cannot reach \(hosts.joined(separator: ", ")): no word for \(Int(seconds)) s; look at the "
        + "network between them, and at firewalls, which must let MPI's own connections pass"
    case .endless(let rank, let host, let seconds, let status):
      "rank \(rank) on \(host) waited \(Int(seconds)) s for MPI to end; nothing is left to write, so it "
        + "ends itself with status \(status)"
    case .wrongLauncher(let variable, let expected, let size):
      "\(variable) says \(expected) ranks, but MPI sees \(size): this program was built with "
        + "\(Implementation.built.name), which the launcher does not belong to; "
        + Self.remedy(variable)
    case .noThreads:
      "this MPI library was built without MPI_THREAD_MULTIPLE; use one that has it"
    }
  }

  private static func remedy(_ variable: String) -> String {
    if variable.hasPrefix("SLURM") { return "use srun --mpi=pmix, or mpirun in a batch script" }
    let built = Implementation.built
    return "start it with \(built.mpirun()), or build it with HTNET_MPI=\(built.other.rawValue)"
  }

  /// The one place where return codes become errors.
  static func check(_ code: Int32, _ operation: @autoclosure () -> String) throws {
    guard code != 0 else { return }
    var text = [CChar](repeating: 0, count: 512)
    cmpi_error_text(code, &text, text.count)
    let reason = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    throw failed(operation: operation(), reason: reason)
  }
}
