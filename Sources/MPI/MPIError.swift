import CMPI

/// What went wrong between ranks.
public enum MPIError: Error, CustomStringConvertible, Equatable {
  /// MPI refused an operation.
  case failed(operation: String, reason: String)
  /// An operation did not end in time.
  case timeout(operation: String, rank: Int, host: String, seconds: Double)
  /// The launcher and the MPI library do not belong together.
  case wrongLauncher(variable: String, expected: Int, size: Int)
  /// The library cannot be called from several threads.
  case noThreads

  public var description: String {
    switch self {
    case .failed(let operation, let reason):
      "\(operation) failed: \(reason)"
    case .timeout(let operation, let rank, let host, let seconds):
      "rank \(rank) on \(host) waited \(Int(seconds)) s for \(operation): another rank has died, "
        + "is stopped or cannot be reached; look at its host, then run the same command again"
    case .wrongLauncher(let variable, let expected, let size):
      "\(variable) says \(expected) ranks, but MPI sees \(size): this mpirun belongs to another "
        + "MPI than the one htnet was built with; use that one's mpirun"
    case .noThreads:
      "this MPI library was built without MPI_THREAD_MULTIPLE; use one that has it"
    }
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
