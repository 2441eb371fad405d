import CMPI

extension Communicator {
  /// Bytes of one part of a broadcast: bounds the memory that it needs besides what it gives.
  private static let part = 1 << 26

  /// Waits for every rank of the group. (MPI_Ibarrier)
  public func barrier() throws {
    try wait([try start("all ranks of \(name)", []) { cmpi_barrier(handle, &$0) }])
  }

  /// Gives every rank `root`'s bytes; the others' argument is not read. (MPI_Ibcast)
  public func broadcast(_ bytes: [UInt8], root: Int = 0) throws -> [UInt8] {
    guard size > 1 else { return bytes }
    let operation = "a broadcast of rank \(root) of \(name)"
    let count = MessageBytes(count: 8)
    count.bytes.storeBytes(of: UInt64(bytes.count), as: UInt64.self)
    try broadcast(count, root: root, operation)
    let total = Int(count.bytes.load(as: UInt64.self))
    var received: [UInt8] = []
    if rank != root { received.reserveCapacity(total) }
    for start in stride(from: 0, to: total, by: Self.part) {
      let range = start..<min(start + Self.part, total)
      let part =
        rank == root ? MessageBytes(bytes[range]) : MessageBytes(count: range.count)
      try broadcast(part, root: root, operation)
      if rank != root { received += part.bytes }
    }
    return rank == root ? bytes : received
  }

  /// Gives every rank as many of `root`'s bytes as there is room for, at most 2 GiB.
  func broadcast(_ bytes: MessageBytes, root: Int, _ operation: String) throws {
    try wait([
      try start(operation, [bytes.memory]) {
        cmpi_broadcast(
          bytes.bytes.baseAddress, try Self.count(bytes.bytes.count), Int32(root), handle, &$0)
      }
    ])
  }

  /// Gives every rank everyone's bytes, in order of rank; all give the same count. (MPI_Iallgather)
  public func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    guard size > 1 else { return [bytes] }
    let mine = MessageBytes(bytes)
    let all = MessageBytes(count: bytes.count * size)
    try wait([
      try start("all ranks of \(name) to share \(bytes.count) bytes", [mine.memory, all.memory]) {
        cmpi_all_gather(
          mine.bytes.baseAddress, try Self.count(bytes.count), all.bytes.baseAddress, handle, &$0)
      }
    ])
    return (0..<size).map { Array(all.bytes[$0 * bytes.count..<($0 + 1) * bytes.count]) }
  }

  /// Gives every rank everyone's numbers, in order of rank; all give as many.
  public func allGather(_ numbers: [Int]) throws -> [[Int]] {
    let bytes = numbers.withUnsafeBytes { Array($0) }
    return try allGather(bytes).map { bytes in
      bytes.withUnsafeBytes { Array($0.bindMemory(to: Int.self)) }
    }
  }

  /// Sums everyone's float32 numbers on every rank, in an order that depends on the number of ranks.
  ///
  /// For measurements only: its bits depend on the placement. (MPI_Iallreduce)
  public func allReduce(_ numbers: MessageMemory) throws {
    let values = numbers.bytes.bindMemory(to: Float.self)
    try wait([
      try start("a sum over \(name)", [numbers]) {
        cmpi_all_reduce(values.baseAddress, try Self.count(values.count), handle, &$0)
      }
    ])
  }
}
