import Matrices
import Compute
import Kernels
import TestSupport
import XCTest

final class ShardTests: XCTestCase {
  func testNodesAreTheLargestAlignedSubtreesOfARun() {
    for leaves in [1, 2, 4, 8, 16, 32] {
      for start in 0...leaves {
        for end in start...leaves {
          let nodes = BatchShards.nodes(of: start..<end)
          XCTAssertEqual(nodes.flatMap(Array.init), Array(start..<end))
          for node in nodes {
            XCTAssertEqual(node.count.nonzeroBitCount, 1)
            XCTAssertEqual(node.lowerBound % node.count, 0, "\(node) is no subtree")
            // The parent is not inside the run, or this would not be the largest.
            let parent = node.lowerBound / (2 * node.count) * 2 * node.count
            XCTAssertFalse(
              parent >= start && parent + 2 * node.count <= end, "\(node) in \(start)..<\(end)")
          }
        }
      }
    }
  }

  func testShardsCoverABatchWhoeverOwnsThem() {
    var random = SeededGenerator(seed: 19)
    for _ in 0..<500 {
      let count = 1 << Int.random(in: 0...6, using: &random)
      let batch = Int.random(in: 0...300, using: &random)
      let whole = BatchShards(batchSize: batch, shards: count, owned: 0..<count)
      XCTAssertEqual(whole.samples, 0..<batch)
      XCTAssertEqual(whole.shards.flatMap(Array.init), Array(0..<batch))
      XCTAssertLessThanOrEqual(
        whole.largestShard - whole.shards.map(\.count).min()!, 1, "shards are uneven")
      let cuts = [0, count] + (0..<3).map { _ in Int.random(in: 0...count, using: &random) }
      let bounds = cuts.sorted()
      var samples: [Int] = []
      for (start, end) in zip(bounds, bounds.dropFirst()) {
        let part = BatchShards(batchSize: batch, shards: count, owned: start..<end)
        samples += part.samples
        XCTAssertEqual(part.shards.count, end - start)
        for (index, shard) in part.shards.enumerated() {
          XCTAssertEqual(
            shard.lowerBound + part.samples.lowerBound, whole.shards[start + index].lowerBound)
          XCTAssertEqual(shard.count, whole.shards[start + index].count)
        }
        XCTAssertEqual(part.nodes.flatMap(Array.init), Array(0..<end - start))
      }
      XCTAssertEqual(samples, Array(0..<batch))
    }
  }

  /// The sum as it is defined: left half plus right half.
  private func tree(_ shards: [Range<Int>], _ leaf: (Range<Int>) -> Float) -> Float {
    if shards.count == 1 { return shards[0].isEmpty ? 0 : leaf(shards[0]) }
    let half = shards.count / 2
    return tree(Array(shards[..<half]), leaf) + tree(Array(shards[half...]), leaf)
  }

  func testSumsAreTheExplicitTreeBitForBit() {
    var random = SeededGenerator(seed: 20)
    for round in 0..<400 {
      let count = 1 << Int.random(in: 0...6, using: &random)
      let start = Int.random(in: 0..<count, using: &random)
      let end = Int.random(in: start + 1...count, using: &random)
      // Every third batch is too small for its shards.
      let batch = Int.random(in: round % 3 == 0 ? 0...count : count...3 * count, using: &random)
      let shards = BatchShards(batchSize: batch, shards: count, owned: start..<end)
      let (rows, columns, stride) = (3, 5, 7)
      let values = random.floats(max(shards.samples.count, 1) * rows * columns)
      func leaf(_ shard: Range<Int>, _ element: Int) -> Float {
        shard.reduce(into: Float(1)) { $0 *= values[$1 * rows * columns + element] }
      }
      for fused in [1, 2, 8, 64] {
        let sum = ShardSum<Float>(shards, fused: fused)
        let size = sum.scratchCount(rows * columns)
        // A guard behind the scratch shows whether more is written than was asked for.
        let scratch = Buffer<Float>(count: size + 16)
        for i in 0..<size { scratch.pointer[i] = .nan }
        for i in size..<size + 16 { scratch.pointer[i] = 77 }
        let nodes = shards.nodes.map { _ in Buffer<Float>(count: rows * stride) }
        for node in nodes { node.pointer.update(repeating: 55, count: rows * stride) }
        sum.compute(
          rows: rows, columns: columns, stride: stride, nodes: nodes.map(\.pointer),
          scratch: scratch.pointer
        ) { unit, block, stride in
          let samples = Array(shards.shards[sum.units[unit]])
          XCTAssertFalse(samples.allSatisfy(\.isEmpty))
          XCTAssertLessThanOrEqual(samples.count, fused)
          for row in 0..<rows {
            for column in 0..<columns {
              block[row * stride + column] = tree(samples) {
                leaf($0, row * columns + column)
              }
            }
          }
        }
        for (node, buffer) in zip(shards.nodes, nodes) {
          for i in 0..<rows * stride {
            let element = i / stride * columns + i % stride
            let expected =
              i % stride < columns ? tree(Array(shards.shards[node])) { leaf($0, element) } : 55
            XCTAssertEqual(buffer.pointer[i], expected)
          }
        }
        for i in size..<size + 16 { XCTAssertEqual(scratch.pointer[i], 77) }
      }
    }
  }
}
