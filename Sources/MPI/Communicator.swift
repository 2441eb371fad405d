import CMPI
import Foundation

/// A group of ranks that can talk to one another.
///
/// Every wait polls with a deadline, since an operation with a dead rank never ends by itself.
/// Any thread may call any method, but one communicator's collectives must be called in the same
/// order on all its ranks: so one thread should own a communicator's collectives.
public final class Communicator: @unchecked Sendable {
  // Unchecked: all stored properties are constants, and MPI runs with MPI_THREAD_MULTIPLE.
  private let handle: cmpi_handle
  /// This process's place in the group, from 0.
  public let rank: Int
  /// Ranks of the group.
  public let size: Int
  /// What the group is called in messages.
  public let name: String
  /// Seconds after which a wait is given up.
  public let deadline: Double

  init(_ handle: cmpi_handle, name: String, deadline: Double) throws {
    var rank: Int32 = 0
    var size: Int32 = 0
    try MPIError.check(cmpi_rank(handle, &rank), "asking for the rank")
    try MPIError.check(cmpi_size(handle, &size), "asking for the number of ranks")
    self.handle = handle
    self.rank = Int(rank)
    self.size = Int(size)
    self.name = name
    self.deadline = deadline
  }

  /// Joins the ranks that give the same color into a new group, in order of rank.
  ///
  /// Collective. (MPI_Comm_split)
  public func split(color: Int, name: String) throws -> Communicator {
    try barrier()
    var joined: cmpi_handle = 0
    try MPIError.check(
      cmpi_split(handle, Int32(color), Int32(rank), &joined), "forming \(name)")
    return try Communicator(joined, name: name, deadline: deadline)
  }

  /// Gives the group up. Collective. (MPI_Comm_free)
  public func free() throws { try MPIError.check(cmpi_free(handle), "leaving \(name)") }

  // MARK: - Messages

  /// Starts sending bytes, which must stay as they are until the request has ended. (MPI_Isend)
  public func startSend(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) throws -> Request {
    try start("sending to rank \(rank) of \(name)") {
      cmpi_send(
        bytes.baseAddress, try Self.count(bytes.count), Int32(rank), Int32(tag), handle, &$0)
    }
  }

  /// Starts receiving exactly as many bytes as there is room for. (MPI_Irecv)
  public func startReceive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) throws
    -> Request
  {
    try start("a message of rank \(rank) of \(name)") {
      cmpi_receive(
        bytes.baseAddress, try Self.count(bytes.count), Int32(rank), Int32(tag), handle, &$0)
    }
  }

  /// Sends bytes and waits until they may be forgotten.
  public func send(_ bytes: [UInt8], to rank: Int, tag: Int) throws {
    try bytes.withUnsafeBytes { try wait([try startSend($0, to: rank, tag: tag)]) }
  }

  /// The rank and length of a waiting message from `source`, or from anyone. (MPI_Iprobe)
  public func probe(from source: Int? = nil, tag: Int) throws -> (rank: Int, count: Int)? {
    var waits: Int32 = 0
    var from: Int32 = 0
    var count: Int32 = 0
    try MPIError.check(
      cmpi_probe(Int32(source ?? -1), Int32(tag), handle, &waits, &from, &count),
      "looking for messages of \(name)")
    return waits == 1 ? (Int(from), Int(count)) : nil
  }

  /// Receives the next message of any length, waiting for it.
  public func receive(from source: Int, tag: Int) throws -> [UInt8] {
    var found: (rank: Int, count: Int)?
    try poll("a message of rank \(source) of \(name)") {
      found = try probe(from: source, tag: tag)
      return found != nil
    }
    var bytes = [UInt8](repeating: 0, count: found?.count ?? 0)
    try bytes.withUnsafeMutableBytes {
      try wait([try startReceive($0, from: source, tag: tag)])
    }
    return bytes
  }

  // MARK: - Collectives

  /// Waits for every rank of the group. (MPI_Ibarrier)
  public func barrier() throws {
    try wait([try start("all of \(name)") { cmpi_barrier(handle, &$0) }])
  }

  /// Gives every rank `root`'s bytes; the others' argument is not read. (MPI_Ibcast)
  public func broadcast(_ bytes: [UInt8], root: Int = 0) throws -> [UInt8] {
    guard size > 1 else { return bytes }
    var count = UInt64(bytes.count)
    try withUnsafeMutableBytes(of: &count) { try broadcast($0, root: root) }
    var bytes = rank == root ? bytes : [UInt8](repeating: 0, count: Int(count))
    try bytes.withUnsafeMutableBytes { try broadcast($0, root: root) }
    return bytes
  }

  private func broadcast(_ bytes: UnsafeMutableRawBufferPointer, root: Int) throws {
    var start = 0
    while start < bytes.count {
      let part = UnsafeMutableRawBufferPointer(
        rebasing: bytes[start..<min(start + 1 << 30, bytes.count)])
      let request = try self.start("a broadcast of rank \(root) of \(name)") {
        cmpi_broadcast(part.baseAddress, Int32(part.count), Int32(root), handle, &$0)
      }
      try wait([request])
      start += part.count
    }
  }

  /// Gives every rank everyone's bytes, in order of rank; all give the same count. (MPI_Iallgather)
  public func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    guard size > 1 else { return [bytes] }
    var all = [UInt8](repeating: 0, count: bytes.count * size)
    try bytes.withUnsafeBytes { mine in
      try all.withUnsafeMutableBytes { all in
        let request = try start("all of \(name) to share \(mine.count) bytes") {
          cmpi_all_gather(
            mine.baseAddress, try Self.count(mine.count), all.baseAddress, handle, &$0)
        }
        try wait([request])
      }
    }
    return (0..<size).map { Array(all[$0 * bytes.count..<($0 + 1) * bytes.count]) }
  }

  /// Gives every rank everyone's numbers, in order of rank; all give as many.
  public func allGather(_ numbers: [Double]) throws -> [[Double]] {
    let bytes = numbers.withUnsafeBytes { Array($0) }
    return try allGather(bytes).map { bytes in
      bytes.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    }
  }

  /// Sums everyone's numbers on every rank, in an order that depends on the number of ranks.
  ///
  /// For measurements only: its bits depend on the placement. (MPI_Iallreduce)
  public func allReduce(_ numbers: UnsafeMutableBufferPointer<Float>) throws {
    try wait([
      try start("a sum over \(name)") {
        cmpi_all_reduce(
          numbers.baseAddress, try Self.count(numbers.count), handle, &$0)
      }
    ])
  }

  // MARK: - Waiting

  /// Makes progress, and takes what has ended out of `requests`. (MPI_Test)
  public func progress(_ requests: inout [Request]) throws {
    try requests.removeAll { try $0.test() }
  }

  /// Waits until all requests have ended. (MPI_Test)
  ///
  /// - Throws: `MPIError.timeout` at the deadline; the requests' memory must then not be reused,
  ///   so the caller should end the job.
  public func wait(_ requests: [Request]) throws {
    var open = requests
    try poll(open.first?.operation ?? "") {
      try open.removeAll { try $0.test() }
      return open.isEmpty
    }
  }

  /// Polls until `done`, first busily, then with ever longer naps.
  private func poll(_ operation: String, until done: () throws -> Bool) throws {
    if try done() { return }
    let start = DispatchTime.now().uptimeNanoseconds
    var turns = 0
    while try !done() {
      turns += 1
      if turns < 100 { continue }
      if turns < 2000 {
        sched_yield()
        continue
      }
      usleep(turns < 10_000 ? 50 : 500)
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
      if seconds > deadline {
        throw MPIError.timeout(
          operation: operation, rank: rank, host: Environment.host, seconds: seconds)
      }
    }
  }

  private func start(_ operation: String, _ body: (inout cmpi_handle) throws -> Int32) throws
    -> Request
  {
    var request: cmpi_handle = 0
    try MPIError.check(try body(&request), operation)
    return Request(request, operation: operation)
  }

  private static func count(_ bytes: Int) throws -> Int32 {
    guard let count = Int32(exactly: bytes) else {
      throw MPIError.failed(operation: "a message of \(bytes) bytes", reason: "longer than 2 GiB")
    }
    return count
  }
}

/// An operation that MPI has begun.
public final class Request {
  private var handle: cmpi_handle
  /// What is waited for, in words.
  let operation: String

  init(_ handle: cmpi_handle, operation: String) {
    self.handle = handle
    self.operation = operation
  }

  /// Makes progress, and says whether the operation has ended.
  func test() throws -> Bool {
    var done: Int32 = 0
    try MPIError.check(cmpi_test(&handle, &done), operation)
    return done == 1
  }
}
