import Collectives
import Console
import Foundation
import MPI
import Matrices
import TestSupport
import XCTest

/// A rank that gives up an exchange, and the other that comes to it too late: what the one has let go
/// is still there.
///
/// The first test starts this bundle on two ranks, where the second runs.
final class ExchangeDeadlineTests: XCTestCase {
  private static let variable = "HTNET_TEST_EXCHANGE_DEADLINE"
  private static let count = 6_000_000

  func testGradientsAndWeightsOutliveADeadline() throws {
    try XCTSkipIf(ProcessInfo.processInfo.environment[Self.variable] != nil, "this is a rank")
    let ended = try Ranks.run(
      "CollectivesTests.ExchangeDeadlineTests/testOnEveryRank", ranks: 2,
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
    let patient = try world.split(color: 0, name: "sums", deadline: world.rank == 0 ? 1 : 60)
    try sum(world, patient)
    let other = try world.split(color: 0, name: "weights", deadline: world.rank == 0 ? 1 : 60)
    try gather(world, other)
    let last = try world.split(color: 0, name: "late", deadline: world.rank == 0 ? 1 : 60)
    try awaitNobody(world, last)
    try environment.finalize()
  }

  private func buffer(_ value: Float) -> Buffer<Float> {
    let buffer = Buffer<Float>(count: Self.count)
    buffer.pointer.update(repeating: value, count: Self.count)
    return buffer
  }

  private func givesUp(_ body: () throws -> Void) {
    XCTAssertThrowsError(try body()) { error in
      guard case .timeout(_, 0, Place.host, _, nil) = error as? MPIError else {
        return XCTFail("\(error)")
      }
    }
  }

  private func sum(_ world: Communicator, _ ranks: Communicator) throws {
    func add(_ node: Buffer<Float>) throws {
      let group = ReductionGroup(ranks, shards: 2)
      try group.beginReduceScatter([node], count: Self.count)
      group.isComputed(from: 0)
      try group.finishReduceScatter()
    }
    if world.rank == 0 { givesUp { try add(buffer(1)) } }
    // Would be where the node was.
    let scribble = (0..<4).map { _ in buffer(9) }
    try world.barrier()
    if world.rank == 1 {
      let node = buffer(2)
      try add(node)
      let owned = ReductionGroup(ranks, shards: 2).ownedElements(of: 1, count: Self.count)
      XCTAssertTrue(owned.allSatisfy { node.pointer[$0] == 3 })
    }
    try world.barrier()
    assertUntouched(scribble)
  }

  private func gather(_ world: Communicator, _ ranks: Communicator) throws {
    let half = Self.count / 2
    func handOut(_ weights: Buffer<Float>) throws {
      try ReductionGroup(ranks, shards: 2).allGatherWeights(
        weights, ranges: [[0..<half], [half..<Self.count]])
    }
    if world.rank == 0 { givesUp { try handOut(buffer(1)) } }
    let scribble = (0..<4).map { _ in buffer(9) }
    try world.barrier()
    if world.rank == 1 {
      let weights = buffer(2)
      try handOut(weights)
      XCTAssertTrue((0..<half).allSatisfy { weights.pointer[$0] == 1 })
      XCTAssertTrue((half..<Self.count).allSatisfy { weights.pointer[$0] == 2 })
    }
    try world.barrier()
    assertUntouched(scribble)
  }

  /// What a rank has is there at once; what never comes is an error at the next exchange, and at the
  /// end, and each wait is given up once.
  private func awaitNobody(_ world: Communicator, _ ranks: Communicator) throws {
    if world.rank == 0 {
      let group = ReductionGroup(ranks, shards: 2)
      let half = Self.count / 2
      group.beginHandOut(buffer(1), ranges: [[0..<half], [half..<Self.count]])
      group.isUpdated(upTo: half)
      group.awaitWeights(upTo: half)
      group.awaitWeights(upTo: half + 1)
      group.awaitWeights(upTo: Self.count)
      let node = buffer(2)
      givesUp { try group.beginReduceScatter([node], count: Self.count) }
      givesUp { try group.finishHandOut() }
    }
    try world.barrier()
  }

  private func assertUntouched(_ buffers: [Buffer<Float>]) {
    for buffer in buffers {
      XCTAssertTrue((0..<Self.count).allSatisfy { buffer.pointer[$0] == 9 })
    }
  }
}
