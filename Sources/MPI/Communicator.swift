import CMPI
import Console
import Foundation

/// A group of ranks that can talk to one another.
///
/// Every wait polls with a deadline, since an operation with a dead rank never ends by itself. The
/// few calls of MPI that cannot be polled run under a `Watchdog`.
/// Any thread may call any method, but one communicator's collectives must be called in the same
/// order on all its ranks: so one thread should own a communicator's collectives.
public final class Communicator: @unchecked Sendable {
  // Unchecked: all stored properties are constants, and MPI runs with MPI_THREAD_MULTIPLE.
  let handle: cmpi_handle
  let postedMessages: PostedMessages
  /// This process's place in the group, from 0.
  public let rank: Int
  /// Ranks of the group.
  public let size: Int
  /// What the group is called in messages.
  public let name: String
  private let watchdog: Watchdog
  /// Throws if a wait is to be given up before its deadline.
  private let giveUp: GiveUp?
  /// Seconds after which a wait is given up.
  public var deadline: Double { watchdog.deadline }

  /// Asked while this rank waits: throws the reason not to wait any longer.
  public typealias GiveUp = @Sendable () throws -> Void

  init(
    _ handle: cmpi_handle, name: String, _ watchdog: Watchdog,
    postedMessages: PostedMessages = .init(),
    giveUp: GiveUp? = nil
  ) throws {
    var rank: Int32 = 0
    var size: Int32 = 0
    try MPIError.check(cmpi_rank(handle, &rank), "asking for the rank")
    try MPIError.check(cmpi_size(handle, &size), "asking for the number of ranks")
    self.handle = handle
    self.rank = Int(rank)
    self.size = Int(size)
    self.name = name
    self.watchdog = watchdog
    self.postedMessages = postedMessages
    self.giveUp = giveUp
  }

  /// The same group, in which a wait is given up after so many seconds.
  public func with(deadline: Double) throws -> Communicator {
    try Communicator(
      handle, name: name,
      Watchdog(rank: watchdog.rank, deadline: deadline, status: watchdog.status),
      postedMessages: postedMessages, giveUp: giveUp)
  }

  /// The same group, in which a wait is also given up with the error that `giveUp` throws.
  public func with(giveUp: @escaping GiveUp) throws -> Communicator {
    try Communicator(handle, name: name, watchdog, postedMessages: postedMessages, giveUp: giveUp)
  }

  /// Joins the ranks that give the same color into a new group, in order of rank.
  ///
  /// Collective. (MPI_Comm_split)
  ///
  /// - Parameter deadline: Seconds after which a wait in the new group is given up; nil: as in this
  ///   one.
  public func split(color: Int, name: String, deadline: Double? = nil) throws -> Communicator {
    try form(name, deadline) { cmpi_split(handle, Int32(color), Int32(rank), &$0) }
  }

  /// Joins the ranks of each host into a new group, in order of rank.
  ///
  /// Collective. (MPI_Comm_split_type)
  public func splitByHost(name: String) throws -> Communicator {
    try form(name, nil) { cmpi_split_by_host(handle, &$0) }
  }

  /// Joins some ranks into a new group; only they call it. (MPI_Comm_create_group)
  ///
  /// Nobody may probe this group for messages meanwhile: MPI may use the tag for messages of its own.
  ///
  /// - Parameters:
  ///   - ranks: Of this group, this one among them; their order is that in the new group.
  ///   - tag: Tells groups that form at the same time apart.
  ///   - giveUp: For waits in the new group. If it throws while the group is formed, which nothing can take
  ///     this process out of, the process ends.
  public func join(_ ranks: [Int], tag: Int, name: String, giveUp: @escaping GiveUp) throws
    -> Communicator
  {
    let ranks = ranks.map(Int32.init)
    try giveUp()
    return try joined(name, nil, giveUp: giveUp) {
      cmpi_join(handle, ranks, Int32(ranks.count), Int32(tag % Self.tags), &$0)
    }
  }

  /// Tags that every MPI has.
  private static let tags = 1 << 15

  private func form(
    _ name: String, _ deadline: Double?, _ call: (inout cmpi_handle) -> Int32
  ) throws -> Communicator {
    // A rank that is missing is told from one that takes long: this wait can be polled.
    try barrier()
    return try joined(name, deadline, call)
  }

  private func joined(
    _ name: String, _ deadline: Double?, giveUp: GiveUp? = nil,
    _ call: (inout cmpi_handle) -> Int32
  ) throws -> Communicator {
    var joined: cmpi_handle = 0
    try watchdog.watch("all ranks of \(self.name) to form \(name)", giveUp: giveUp) {
      try MPIError.check(call(&joined), "forming \(name)")
    }
    return try Communicator(
      joined, name: name,
      Watchdog(
        rank: watchdog.rank, deadline: deadline ?? watchdog.deadline, status: watchdog.status),
      giveUp: giveUp)
  }

  /// Gives the group up; nothing may be called any more. Collective. (MPI_Comm_free)
  public func free() throws {
    try watchdog.watch("all ranks of \(name) to leave it") {
      try postedMessages.clear()
      try MPIError.check(cmpi_free(handle), "leaving \(name)")
    }
  }

  // MARK: - Waiting

  /// Makes progress, and takes what has ended out of `requests`. (MPI_Test)
  public func progress(_ requests: inout [Request]) throws {
    try requests.removeAll { try $0.test() }
  }

  /// Makes progress, and takes those that have ended off the front of `requests`. One question moves
  /// all that is under way, so this costs less where there are many. (MPI_Test)
  public func progressInOrder(_ requests: inout [Request]) throws {
    var ended = 0
    while ended < requests.count, try requests[ended].test() { ended += 1 }
    requests.removeFirst(ended)
  }

  /// Waits until all requests have ended. (MPI_Test)
  ///
  /// - Throws: `MPIError.timeout` at the deadline.
  public func wait(_ requests: [Request]) throws {
    var open = requests
    try poll(open.first?.operation ?? "") {
      try progress(&open)
      return open.isEmpty
    }
  }

  /// Polls until `done`, first busily, then with ever longer naps; only the time in which it polled
  /// counts (`WaitingTime`).
  ///
  /// - Parameter longestNap: In microseconds: the longer, the less is taken from those who compute, and
  ///   the later whatever only moves while somebody looks after it.
  package func poll(
    _ operation: @autoclosure () -> String, longestNap: UInt32 = 500, until done: () throws -> Bool
  ) throws {
    if try done() { return }
    var time = WaitingTime()
    var turns = 0
    while try !done() {
      turns += 1
      if turns < 100 { continue }
      if turns < 2000 {
        sched_yield()
        continue
      }
      usleep(min(turns < 10_000 ? 50 : 500, longestNap))
      try giveUp?()
      time.look()
      if time.seconds > deadline {
        // What ended during the nap has ended.
        if try done() { return }
        throw MPIError.timeout(
          operation: operation(), rank: rank, host: Place.host, seconds: time.seconds,
          activity: Console.shared.activity?.description)
      }
    }
  }

  /// Begins an operation that reads or writes `memory`.
  func start(
    _ operation: String, _ memory: [MessageMemory], _ call: (inout cmpi_handle) throws -> Int32
  ) throws -> Request {
    var request: cmpi_handle = 0
    try MPIError.check(try call(&request), operation)
    return Request(request, memory, operation: operation)
  }

  static func count(_ bytes: Int) throws -> Int32 {
    guard let count = Int32(exactly: bytes) else {
      throw MPIError.failed(operation: "a message of \(bytes) bytes", reason: "longer than 2 GiB")
    }
    return count
  }
}
