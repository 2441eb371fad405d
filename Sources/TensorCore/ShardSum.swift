/// Sums a block of a parameter's gradient over a rank's shards, in the order of the tree.
///
/// The tree is walked depth first, so that log2(shards) blocks of scratch suffice, whatever the
/// size of the parameter.
public struct ShardSum<Scalar: TensorScalar> {
  public let shards: BatchShards
  /// Whether a leaf may be computed on top of its left neighbour: only where that is one rounding
  /// an element, as if it had been computed apart and added.
  let addsInPlace: Bool

  public init(_ shards: BatchShards, addsInPlace: Bool) {
    self.shards = shards
    self.addsInPlace = addsInPlace && !shards.shards.contains { $0.isEmpty }
  }

  /// Elements of scratch for a block of `count` elements.
  public func scratchCount(_ count: Int) -> Int {
    let leaves = shards.nodes.map(\.count).max() ?? 1
    return max(0, leaves.trailingZeroBitCount - (addsInPlace ? 1 : 0)) * count
  }

  /// Sums a block of `rows` × `columns`.
  ///
  /// - Parameters:
  ///   - nodes: Where each node's sum of the block goes; rows are `stride` apart.
  ///   - scratch: `scratchCount(rows * columns)` elements that nobody else uses meanwhile.
  ///   - leaf: Writes (or, if its last argument is true, adds) one shard's part of the block.
  public func compute(
    rows: Int, columns: Int, stride: Int, nodes: [UnsafeMutablePointer<Scalar>],
    scratch: UnsafeMutablePointer<Scalar>,
    leaf: (
      _ shard: Range<Int>, _ block: UnsafeMutablePointer<Scalar>, _ stride: Int, _ adds: Bool
    ) -> Void
  ) {
    let size = rows * columns
    for (node, destination) in zip(shards.nodes, nodes) {
      // Partial sums that wait for their right neighbour; the first one is the destination.
      var waiting = 0
      func block(_ level: Int) -> (UnsafeMutablePointer<Scalar>, Int) {
        level == 0 ? (destination, stride) : (scratch + (level - 1) * size, columns)
      }
      func write(_ shard: Range<Int>, _ target: (UnsafeMutablePointer<Scalar>, Int)) {
        if shard.isEmpty {
          for row in 0..<rows { (target.0 + row * target.1).update(repeating: 0, count: columns) }
        } else {
          leaf(shard, target.0, target.1, false)
        }
      }
      func add(
        _ from: (UnsafeMutablePointer<Scalar>, Int), _ to: (UnsafeMutablePointer<Scalar>, Int)
      ) {
        for row in 0..<rows {
          Scalar.add(columns, from.0 + row * from.1, to: to.0 + row * to.1)
        }
      }
      for (index, shard) in shards.shards[node].enumerated() {
        if index & 1 == 0 {
          write(shard, block(waiting))
          waiting += 1
          continue
        }
        if addsInPlace {
          let left = block(waiting - 1)
          leaf(shard, left.0, left.1, true)
        } else {
          write(shard, block(waiting))
          add(block(waiting), block(waiting - 1))
        }
        for _ in 1..<max((~index).trailingZeroBitCount, 1) {
          add(block(waiting - 1), block(waiting - 2))
          waiting -= 1
        }
      }
    }
  }
}
