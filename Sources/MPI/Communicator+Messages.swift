import CMPI

extension Communicator {
  /// Starts sending bytes, which must stay as they are until the request has ended. (MPI_Isend)
  public func startSend(_ memory: MessageMemory, to rank: Int, tag: Int) throws -> Request {
    let bytes = memory.bytes
    return try start("sending to rank \(rank) of \(name)", [memory]) {
      cmpi_send(
        bytes.baseAddress, try Self.count(bytes.count), Int32(rank), Int32(tag), handle, &$0)
    }
  }

  /// Starts receiving exactly as many bytes as there is room for. (MPI_Irecv)
  public func startReceive(_ memory: MessageMemory, from rank: Int, tag: Int) throws -> Request {
    let bytes = memory.bytes
    return try start("a message of rank \(rank) of \(name)", [memory]) {
      cmpi_receive(
        bytes.baseAddress, try Self.count(bytes.count), Int32(rank), Int32(tag), handle, &$0)
    }
  }

  /// Sends bytes and waits until they may be forgotten.
  ///
  /// A message to this rank itself is not waited for: in MPICH its sending ends only when it is received,
  /// and the thread that would receive it may be sending to this one.
  public func send(_ bytes: [UInt8], to rank: Int, tag: Int) throws {
    if rank == self.rank { return try post(bytes, to: rank, tag: tag) }
    try wait([startSend(MessageBytes(bytes).memory, to: rank, tag: tag)])
  }

  /// Sends bytes, and waits for nothing: whoever receives them may be lost.
  public func post(_ bytes: [UInt8], to rank: Int, tag: Int) throws {
    try postedMessages.add(startSend(MessageBytes(bytes).memory, to: rank, tag: tag))
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
  ///
  /// The message whose length was asked for is the one that is received, whatever other threads
  /// receive meanwhile. (MPI_Improbe, MPI_Imrecv)
  public func receive(from source: Int, tag: Int) throws -> [UInt8] {
    let operation = "a message of rank \(source) of \(name)"
    var waits: Int32 = 0
    var from: Int32 = 0
    var count: Int32 = 0
    var message: cmpi_handle = 0
    try poll(operation) {
      try MPIError.check(
        cmpi_take(Int32(source), Int32(tag), handle, &waits, &from, &count, &message), operation)
      return waits == 1
    }
    let bytes = MessageBytes(count: Int(count))
    try wait([
      try start(operation, [bytes.memory]) {
        cmpi_receive_taken(bytes.bytes.baseAddress, count, message, &$0)
      }
    ])
    return bytes.array
  }
}
