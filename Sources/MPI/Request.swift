import CMPI

/// An operation that MPI has begun, and the memory that is MPI's until it has ended.
///
/// The owners of the memory live as long as the request. One that is given up before its end, since
/// a deadline has passed or something else has failed, never gives them back: whenever any thread
/// calls MPI, a late message may still be written there. Such memory is lost until the process ends,
/// which by then is near.
public final class Request {
  private var handle: cmpi_handle
  private let owners: [AnyObject]
  private var hasEnded = false
  /// What is waited for, in words.
  package let operation: String

  init(_ handle: cmpi_handle, _ memory: [MessageMemory], operation: String) {
    self.handle = handle
    owners = memory.map(\.owner)
    self.operation = operation
  }

  deinit {
    guard !hasEnded else { return }
    for owner in owners { _ = Unmanaged.passRetained(owner) }
  }

  /// Makes progress, and says whether the operation has ended. (MPI_Test)
  func test() throws -> Bool {
    if hasEnded { return true }
    var done: Int32 = 0
    try MPIError.check(cmpi_test(&handle, &done), operation)
    hasEnded = done == 1
    return hasEnded
  }
}
