import Collectives
import Foundation
import MPI
import Matrices
import TestSupport
import XCTest

/// Weights that are handed out between real ranks: they come from the front, and nobody waits for more
/// than he asks for.
///
/// The first test starts this bundle under mpirun, where the second runs on every rank.
final class WeightHandOutTests: XCTestCase {
  private static let variable = "HTNET_TEST_HAND_OUT"
  /// Several messages a rank, on up to four.
  private static let count = 9_000_000
  /// Elements of one value, and those between two that are looked at.
  private static let block = 10_000
  private static let apart = 61

  func testWeightsComeFromTheFront() throws {
    try XCTSkipIf(ProcessInfo.processInfo.environment[Self.variable] != nil, "this is a rank")
    for ranks in [2, 3, 4] {
      let ended = try Ranks.run(
        "CollectivesTests.WeightHandOutTests/testOnEveryRank", ranks: ranks,
        environment: [Self.variable: "1"])
      XCTAssertEqual(ended.status, 0, "\(ranks) ranks:\n\(ended.output)")
      XCTAssertEqual(ended.passed, ranks, ended.output)
    }
  }

  func testOnEveryRank() throws {
    guard ProcessInfo.processInfo.environment[Self.variable] != nil else {
      throw XCTSkip("runs under mpirun, started by the other test")
    }
    let environment = try Environment(deadline: 60)
    let world = environment.world
    for held in 0..<world.size { try handOut(world, heldBy: held) }
    try handOutAndSum(world)
    try environment.finalize()
  }

  /// Each rank's part as two runs with something between them that is nobody's.
  private func ranges(_ group: ReductionGroup) -> [[Range<Int>]] {
    (0..<group.size).map { rank in
      let part = group.ownedElements(of: rank, count: Self.count)
      let middle = part.lowerBound + part.count / 3
      return [part.lowerBound..<middle, middle + 5..<part.upperBound]
    }
  }

  private func value(_ element: Int, _ step: Int) -> Float {
    Float(element / Self.block * 31 + step * 17)
  }

  /// Those elements of a run that are looked at, its ends among them.
  private func looked(_ run: Range<Int>) -> [Int] {
    Array(stride(from: run.lowerBound, to: run.upperBound, by: Self.apart)) + [run.upperBound - 1]
  }

  /// Fills a rank's weights from the front, and says so in parts.
  private func update(
    _ weights: Buffer<Float>, _ runs: [Range<Int>], step: Int, _ isUpdated: (Int) -> Void
  ) {
    for run in runs {
      var start = run.lowerBound
      while start < run.upperBound {
        let end = min((start / Self.block + 1) * Self.block, run.upperBound)
        (weights.pointer + start).update(repeating: value(start, step), count: end - start)
        start = end
        isUpdated(end)
      }
    }
  }

  private func assertHere(
    _ weights: Buffer<Float>, _ ranges: [[Range<Int>]], below end: Int = .max, step: Int,
    line: UInt = #line
  ) {
    var wrong = 0
    for run in ranges.joined() where run.lowerBound < end {
      for element in looked(run.lowerBound..<min(run.upperBound, end))
      where weights.pointer[element] != value(element, step) {
        wrong += 1
      }
    }
    XCTAssertEqual(wrong, 0, "weights below \(end)", line: line)
  }

  /// One rank keeps its second run to itself until all others have what lies before it: that they come
  /// to the barrier shows that they did not wait for more.
  private func handOut(_ world: Communicator, heldBy held: Int) throws {
    let group = ReductionGroup(world, shards: 4)
    let ranges = ranges(group)
    let weights = Buffer<Float>(count: Self.count)
    weights.pointer.update(repeating: -1, count: Self.count)
    let last = ranges[held][1]
    let mine = ranges[world.rank]
    group.beginHandOut(weights, ranges: ranges)
    let holds = world.rank == held
    update(weights, holds ? [mine[0]] : mine, step: held, group.isUpdated)
    group.awaitWeights(upTo: last.lowerBound)
    assertHere(weights, ranges, below: last.lowerBound, step: held)
    if !holds { XCTAssertTrue(looked(last).allSatisfy { weights.pointer[$0] == -1 }) }
    try world.barrier()
    if holds { update(weights, [last], step: held, group.isUpdated) }
    group.awaitWeights(upTo: last.upperBound)
    assertHere(weights, ranges, below: last.upperBound, step: held)
    try group.finishHandOut()
    assertHere(weights, ranges, step: held)
    for gap in ranges.map({ $0[0].upperBound }) {
      XCTAssertTrue((gap..<gap + 5).allSatisfy { weights.pointer[$0] == -1 }, "nobody's")
    }
    let sent = ranges[world.rank].reduce(0) { $0 + $1.count } * 4 * (world.size - 1)
    XCTAssertEqual(group.bytesSent, sent)
    try world.barrier()
  }

  /// Step after step, so that a rank's weights are on their way while others sum gradients: nothing
  /// is taken for anything else.
  private func handOutAndSum(_ world: Communicator) throws {
    let group = ReductionGroup(world, shards: 4)
    let ranges = ranges(group)
    let weights = Buffer<Float>(count: Self.count)
    let nodes = group.batchShards(batchSize: 4).nodes.map { _ in Buffer<Float>(count: Self.count) }
    let total = try world.allGather([nodes.count]).joined().reduce(0, +)
    let owned = group.ownedElements(of: world.rank, count: Self.count)
    for step in 1...4 {
      for node in nodes { node.pointer.update(repeating: Float(step), count: Self.count) }
      // The ranks come at other times.
      usleep(UInt32((world.rank + step) % world.size * 3000))
      try group.beginReduceScatter(nodes, count: Self.count)
      if step > 1 { assertHere(weights, ranges, step: step - 1) }
      for start in stride(from: Self.count, through: 0, by: -1_000_000) {
        group.isComputed(from: start)
      }
      try group.finishReduceScatter()
      let sum = Float(step * total)
      XCTAssertTrue(looked(owned).allSatisfy { nodes[0].pointer[$0] == sum }, "step \(step)")
      group.beginHandOut(weights, ranges: ranges)
      update(weights, ranges[world.rank], step: step, group.isUpdated)
    }
    try group.finishHandOut()
    assertHere(weights, ranges, step: 4)
  }
}
