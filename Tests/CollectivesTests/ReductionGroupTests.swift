import Collectives
import Kernels
import Matrices
import TestSupport
import XCTest

final class ReductionGroupTests: XCTestCase {
  func testOneProcessKeepsItsTree() throws {
    var random = SeededGenerator(seed: 15)
    for shards in [1, 2, 4, 8, 64] {
      let group = ReductionGroup(nil, shards: shards)
      let values = random.floats(shards)
      let expected = GradientTree.sum(0..<shards) { values[$0] }
      let batch = group.batchShards(batchSize: 3 * shards + 1)
      XCTAssertEqual(batch.samples, 0..<3 * shards + 1)
      XCTAssertEqual(batch.nodes, [0..<shards])
      let node = Buffer<Float>(count: 1)
      let sum = ShardSum<Float>(batch)
      let scratch = Buffer<Float>(count: sum.scratchCount(1))
      var leaf = 0
      sum.compute(
        rows: 1, columns: 1, stride: 1, nodes: [node.pointer], scratch: scratch.pointer
      ) { _, block, _ in
        block[0] = values[leaf]
        leaf += 1
      }
      try group.beginReduceScatter([node], count: 1)
      group.isComputed(from: 0)
      try group.finishReduceScatter()
      try group.allGatherWeights(node, ranges: [[0..<1]])
      XCTAssertEqual(node.pointer[0].bitPattern, expected.bitPattern)
      XCTAssertEqual(group.ownedElements(of: 0, count: 777), 0..<777)
      XCTAssertEqual(try group.allGather([1, 2] as [UInt8]), [[1, 2]])
      XCTAssertEqual(try group.allGather(UInt64.max), [.max])
      XCTAssertEqual(group.mostOwnedShards, shards)
      XCTAssertEqual(group.bytesSent, 0)
    }
  }
}

/// The tree that defines a sum over shards, written as its definition.
enum GradientTree {
  static func sum(_ leaves: Range<Int>, _ leaf: (Int) -> Float) -> Float {
    if leaves.count == 1 { return leaf(leaves.lowerBound) }
    let middle = leaves.lowerBound + leaves.count / 2
    return sum(leaves.lowerBound..<middle, leaf) + sum(middle..<leaves.upperBound, leaf)
  }
}
