import Console
import Foundation
import MPI
import Synchronization
import TestSupport
import XCTest

/// A deadline that passes while MPI still holds a caller's memory.
///
/// The first test starts this bundle on two ranks, where the second runs.
final class PendingRequestTests: XCTestCase {
  private static let variable = "HTNET_TEST_PENDING_REQUESTS"
  /// Far more than MPI copies away at once: such a message moves when both sides are there.
  private static let count = 8 << 20

  /// Memory that tells whether it is still there.
  private final class Memory {
    let bytes: UnsafeMutableRawBufferPointer
    init(_ value: UInt8) {
      bytes = .allocate(byteCount: PendingRequestTests.count, alignment: 64)
      fill(value)
    }
    deinit {
      fill(0xEE)
      bytes.deallocate()
    }
    var message: MessageMemory { MessageMemory(bytes, of: self) }
    func fill(_ value: UInt8) { for i in bytes.indices { bytes[i] = value } }
    func holds(_ value: UInt8) -> Bool { bytes.allSatisfy { $0 == value } }
  }

  func testMemoryOutlivesADeadline() throws {
    try XCTSkipIf(ProcessInfo.processInfo.environment[Self.variable] != nil, "this is a rank")
    let ended = try Ranks.run(
      "MPITests.PendingRequestTests/testOnEveryRank", ranks: 2,
      environment: [Self.variable: "1"])
    XCTAssertEqual(ended.status, 0, ended.output)
    XCTAssertEqual(ended.passed, 2, ended.output)
  }

  func testOnEveryRank() throws {
    guard ProcessInfo.processInfo.environment[Self.variable] != nil else {
      throw XCTSkip("runs under mpirun, started by the other test")
    }
    let environment = try Environment(deadline: 60)
    let world = environment.world
    let hasty = try world.split(color: 0, name: "the hasty", deadline: world.rank == 0 ? 1 : 60)
    try receiveGivenUp(world, hasty)
    try sendGivenUp(world, hasty)
    try shareGivenUp(world, hasty)
    try messagesOfTwoThreads(world)
    try environment.finalize()
  }

  private func assertTimeout(_ operation: String, _ rank: Int, _ body: () throws -> Void) {
    XCTAssertThrowsError(try body()) { error in
      guard case .timeout(operation, rank, Place.host, _, nil) = error as? MPIError else {
        return XCTFail("\(error)")
      }
    }
  }

  /// The message that comes after all is written where the caller has nothing any more.
  private func receiveGivenUp(_ world: Communicator, _ hasty: Communicator) throws {
    weak var forgotten: Memory?
    if world.rank == 0 {
      let memory = Memory(1)
      forgotten = memory
      assertTimeout("a message of rank 1 of the hasty", 0) {
        try hasty.wait([hasty.startReceive(memory.message, from: 1, tag: 5)])
      }
    }
    try world.barrier()
    if world.rank == 1 {
      let memory = Memory(7)
      try world.wait([hasty.startSend(memory.message, to: 0, tag: 5)])
    }
    try world.barrier()
    guard world.rank == 0 else { return }
    XCTAssertEqual(try XCTUnwrap(forgotten).holds(7), true)
    // What has ended is given back.
    weak var ended: Memory?
    do {
      let memory = Memory(2)
      ended = memory
      let other = Memory(3)
      try world.wait([
        world.startReceive(memory.message, from: 0, tag: 6),
        world.startSend(other.message, to: 0, tag: 6),
      ])
      XCTAssertTrue(memory.holds(3))
    }
    XCTAssertNil(ended)
  }

  /// What was to be sent arrives as it was.
  private func sendGivenUp(_ world: Communicator, _ hasty: Communicator) throws {
    if world.rank == 0 {
      assertTimeout("sending to rank 1 of the hasty", 0) {
        try hasty.wait([hasty.startSend(Memory(5).message, to: 1, tag: 5)])
      }
      // An array of the caller's own is no other case.
      assertTimeout("sending to rank 1 of the hasty", 0) {
        try hasty.send([UInt8](repeating: 6, count: Self.count), to: 1, tag: 5)
      }
    }
    // Would be where the others were.
    let scribble = (0..<8).map { _ in Memory(9) }
    try world.barrier()
    if world.rank == 1 {
      let memory = Memory(0)
      try world.wait([hasty.startReceive(memory.message, from: 0, tag: 5)])
      XCTAssertTrue(memory.holds(5))
      XCTAssertEqual(
        try hasty.receive(from: 0, tag: 5), [UInt8](repeating: 6, count: Self.count))
    }
    try world.barrier()
    XCTAssertTrue(scribble.allSatisfy { $0.holds(9) })
  }

  /// One rank comes to a collective operation when the other has given it up.
  private func shareGivenUp(_ world: Communicator, _ hasty: Communicator) throws {
    let mine = [UInt8](repeating: UInt8(world.rank + 1), count: Self.count)
    if world.rank == 0 {
      assertTimeout("all ranks of the hasty to share \(Self.count) bytes", 0) {
        _ = try hasty.allGather(mine)
      }
    }
    let scribble = (0..<8).map { _ in Memory(9) }
    try world.barrier()
    if world.rank == 1 {
      XCTAssertEqual(try hasty.allGather(mine), [[UInt8](repeating: 1, count: Self.count), mine])
    }
    try world.barrier()
    XCTAssertTrue(scribble.allSatisfy { $0.holds(9) })
  }

  /// Each gets whole messages, though both ask for the same kind.
  private func messagesOfTwoThreads(_ world: Communicator) throws {
    let messages = 2000
    let receivers = 2
    let wrong = Mutex([Int](repeating: -1, count: receivers))
    // A thread of its own: on few cores concurrentPerform would begin it after the others.
    let sent = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      do {
        for number in 0..<messages {
          let length = number % 97 + 1
          try world.send([UInt8](repeating: UInt8(length), count: length), to: world.rank, tag: 8)
        }
      } catch {
        XCTFail("sending: \(error)")
      }
      sent.signal()
    }
    DispatchQueue.concurrentPerform(iterations: receivers) { thread in
      do {
        var bad = 0
        for _ in 0..<messages / receivers {
          let bytes = try world.receive(from: world.rank, tag: 8)
          if !bytes.allSatisfy({ Int($0) == bytes.count }) { bad += 1 }
        }
        wrong.withLock { [bad] in $0[thread] = bad }
      } catch {
        XCTFail("thread \(thread): \(error)")
      }
    }
    sent.wait()
    XCTAssertEqual(wrong.withLock { $0 }, [0, 0])
  }
}
