/// Sums a block of a parameter's gradient over a rank's shards, in the order of the tree.
///
/// The tree is walked depth first, so that log2(shards) blocks of scratch suffice, whatever the
/// size of the parameter.
public struct ShardSum<Scalar: TensorScalar> {
  public let shards: BatchShards
  /// Neighbouring shards, a power of two, whose subtree a leaf computes by itself.
  let fused: Int

  public init(_ shards: BatchShards, fused: Int = 1) {
    precondition(fused > 0 && fused & (fused - 1) == 0, "\(fused) shards are no power of two")
    self.shards = shards
    self.fused = fused
  }

  /// Elements of scratch for a block of `count` elements.
  public func scratchCount(_ count: Int) -> Int {
    let largest = shards.nodes.map(\.count).max() ?? 1
    return max(1, largest / fused).trailingZeroBitCount * count
  }

  /// Sums a block of `rows` × `columns`.
  ///
  /// - Parameters:
  ///   - nodes: Where each node's sum of the block goes; rows are `stride` apart.
  ///   - scratch: `scratchCount(rows * columns)` elements that nobody else uses meanwhile.
  ///   - leaf: Writes the sum of some neighbouring shards' parts of the block, added as a tree.
  public func compute(
    rows: Int, columns: Int, stride: Int, nodes: [UnsafeMutablePointer<Scalar>],
    scratch: UnsafeMutablePointer<Scalar>,
    leaf: (_ shards: ArraySlice<Range<Int>>, _ block: UnsafeMutablePointer<Scalar>, _ stride: Int)
      -> Void
  ) {
    let size = rows * columns
    for (node, destination) in zip(shards.nodes, nodes) {
      // Partial sums that wait for their right neighbour; the first one is the destination.
      func block(_ level: Int) -> (start: UnsafeMutablePointer<Scalar>, stride: Int) {
        level == 0 ? (destination, stride) : (scratch + (level - 1) * size, columns)
      }
      func write(_ run: Range<Int>, _ target: (start: UnsafeMutablePointer<Scalar>, stride: Int)) {
        let samples = shards.shards[run]
        if samples.allSatisfy(\.isEmpty) {
          for row in 0..<rows {
            (target.start + row * target.stride).update(repeating: 0, count: columns)
          }
        } else {
          leaf(samples, target.start, target.stride)
        }
      }
      let step = min(fused, node.count)
      for unit in 0..<node.count / step {
        var waiting = unit.nonzeroBitCount
        let first = node.lowerBound + unit * step
        write(first..<first + step, block(waiting))
        for _ in 0..<(~unit).trailingZeroBitCount where waiting > 0 {
          let (from, to) = (block(waiting), block(waiting - 1))
          for row in 0..<rows {
            Scalar.add(columns, from.start + row * from.stride, to: to.start + row * to.stride)
          }
          waiting -= 1
        }
      }
    }
  }
}
