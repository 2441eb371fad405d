import Collectives
import Compute
import Foundation
import MPI
import Matrices
import Random
import TestSupport
import XCTest

/// The reduction between real ranks: this test starts its own bundle under mpirun, where the second
/// test runs on every rank.
final class ReductionOverRanksTests: XCTestCase {
  private static let variable = "HTNET_TEST_REDUCTION"

  func testRanksGiveTheTreeOfOneProcess() throws {
    try XCTSkipIf(
      ProcessInfo.processInfo.environment[Self.variable] != nil, "this is a rank")
    for ranks in [2, 3, 4] {
      let ended = try Ranks.run(
        "CollectivesTests.ReductionOverRanksTests/testOnEveryRank", ranks: ranks,
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
    // The last one needs several messages a part.
    for (shards, count) in [(4, 1), (4, 17), (8, 1000), (64, 333), (4, 5_000_000)] {
      let group = ReductionGroup(environment.world, shards: shards)
      // A group sums one batch after another.
      for _ in 0..<(count < 10_000 ? 3 : 1) { try check(group, count: count) }
    }
    try environment.finalize()
  }

  private func check(_ group: ReductionGroup, count: Int) throws {
    let generator = CounterGenerator(seed: 5, fold: group.shards, purpose: .syntheticData)
    let elements = min(count, 2000)
    let stride = (count + elements - 1) / elements
    func leaf(_ shard: Int, _ element: Int) -> Float {
      Float(generator.uniform(shard * elements + element % elements)) - 0.5
    }
    func whole(_ element: Int) -> Float {
      GradientTree.sum(0..<group.shards) { leaf($0, element) }
    }
    let owned = group.ownedShards(of: group.rank)
    XCTAssertLessThanOrEqual(owned.count, group.mostOwnedShards)
    let trees = BatchShards.nodes(of: owned)
    let values = trees.map { node in
      (0..<elements).map { element in GradientTree.sum(node) { leaf($0, element) } }
    }
    let nodes = trees.map { _ in Buffer<Float>(count: count) }
    for node in nodes { node.pointer.update(repeating: .nan, count: count) }
    // The nodes are computed from their end on while the sum is under way: what is sent too early
    // is not a number.
    try group.beginReduceScatter(nodes, count: count)
    var end = count
    while end > 0 {
      let start = max(0, end - max(1, count / 5))
      for (node, values) in zip(nodes, values) {
        for element in start..<end { node.pointer[element] = values[element % elements] }
      }
      end = start
      group.isComputed(from: start)
    }
    try group.finishReduceScatter()
    let mine = group.ownedElements(of: group.rank, count: count)
    var wrong = 0
    for element in mine.striding(by: stride)
    where nodes[0].pointer[element].bitPattern != whole(element).bitPattern {
      wrong += 1
    }
    XCTAssertEqual(wrong, 0, "rank \(group.rank) of \(group.size), \(group.shards) shards")
    let parts = (0..<group.size).map { [group.ownedElements(of: $0, count: count)] }
    XCTAssertEqual(parts.joined().flatMap(Array.init), Array(0..<count))
    try group.allGatherWeights(nodes[0], ranges: parts)
    for element in (0..<count).striding(by: stride)
    where nodes[0].pointer[element].bitPattern != whole(element).bitPattern {
      wrong += 1
    }
    XCTAssertEqual(wrong, 0, "after gathering")
    XCTAssertEqual(
      try group.allGather([UInt8(group.rank), 7]), (0..<group.size).map { [UInt8($0), 7] })
    XCTAssertEqual(
      try group.allGather(UInt64(group.rank) << 60), (0..<group.size).map { UInt64($0) << 60 }
    )
  }
}

extension Range<Int> {
  fileprivate func striding(by step: Int) -> StrideTo<Int> {
    stride(from: lowerBound, to: upperBound, by: step)
  }
}
