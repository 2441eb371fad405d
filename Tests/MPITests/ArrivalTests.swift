import Foundation
import MPI
import TestSupport
import XCTest

/// Whose messages come last.
final class ArrivalTests: XCTestCase {
  private static let variable = "HTNET_TEST_ARRIVALS"

  func testTheLastRankIsSeen() throws {
    try XCTSkipIf(ProcessInfo.processInfo.environment[Self.variable] != nil, "this is a rank")
    let ended = try Ranks.run(
      "MPITests.ArrivalTests/testOnEveryRank", ranks: 4, environment: [Self.variable: "1"])
    XCTAssertEqual(ended.status, 0, ended.output)
    XCTAssertEqual(ended.passed, 4, ended.output)
  }

  private final class Memory {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
    deinit { bytes.deallocate() }
  }

  func testOnEveryRank() throws {
    guard ProcessInfo.processInfo.environment[Self.variable] != nil else {
      throw XCTSkip("runs under mpirun, started by the other test")
    }
    let environment = try Environment(deadline: 60)
    let world = environment.world
    func memory() -> MessageMemory {
      let memory = Memory()
      return MessageMemory(memory.bytes, of: memory)
    }
    for last in 1..<4 {
      let others = (1..<4).filter { $0 != last }
      guard world.rank == 0 else {
        if world.rank == last {
          // When the others have sent theirs.
          for other in others { _ = try world.receive(from: other, tag: 2) }
          usleep(300_000)
        }
        for _ in 0..<2 { try world.send([1], to: 0, tag: 1) }
        if world.rank != last { try world.send([2], to: last, tag: 2) }
        continue
      }
      // A list that is empty is nobody's.
      var arrivals = try (1..<4).map { rank in
        try (0..<2).map { _ in try world.startReceive(memory(), from: rank, tag: 1) }
      }
      arrivals.insert([], at: 0)
      let found = try XCTUnwrap(world.wait(arrivals, and: []))
      XCTAssertEqual(found.index, last)
      XCTAssertGreaterThan(found.seconds, 0)
      XCTAssertNil(try world.wait([[], []], and: []))
    }
    // Between two nobody can tell.
    if world.rank < 2 {
      let other = 1 - world.rank
      let request = try world.startReceive(memory(), from: other, tag: 3)
      let sent = try world.startSend(memory(), to: other, tag: 3)
      XCTAssertNil(try world.wait([[request]], and: [sent]))
    }
    try world.barrier()
    try environment.finalize()
  }
}
