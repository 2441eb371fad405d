import Compute
import Requirements

/// Sums a block of a parameter's gradient over a rank's shards, in the order of the tree.
///
/// The tree is walked depth first, so that log2(shards) blocks of scratch suffice, whatever the
/// size of the parameter.
public struct ShardSum<Scalar: TensorScalar> {
  public let shards: BatchShards
  /// The runs of shards, each a subtree, whose sum a leaf computes by itself; in order.
  public let units: [Range<Int>]
  /// The units of each node.
  private let nodeUnits: [Range<Int>]

  /// - Parameter fused: The most shards of a unit, a power of two.
  public init(_ shards: BatchShards, fused: Int = 1) {
    require(fused > 0 && fused & (fused - 1) == 0, "\(fused) shards are no power of two")
    self.shards = shards
    var units: [Range<Int>] = []
    nodeUnits = shards.nodes.map { node in
      let first = units.count
      let step = min(fused, node.count)
      units += stride(from: node.lowerBound, to: node.upperBound, by: step).map { $0..<$0 + step }
      return first..<units.count
    }
    self.units = units
  }

  /// Elements of scratch for a block of `count` elements.
  public func scratchCount(_ count: Int) -> Int {
    (nodeUnits.map(\.count).max() ?? 1).trailingZeroBitCount * count
  }

  /// Sums a block of `rows` × `columns`.
  ///
  /// - Parameters:
  ///   - nodes: Where each node's sum of the block goes; rows are `stride` apart.
  ///   - scratch: `scratchCount(rows * columns)` elements that nobody else uses meanwhile.
  ///   - leaf: Writes the sum of one unit's parts of the block, added as a tree.
  public func compute(
    rows: Int, columns: Int, stride: Int, nodes: [UnsafeMutablePointer<Scalar>],
    scratch: UnsafeMutablePointer<Scalar>,
    leaf: (_ unit: Int, _ block: UnsafeMutablePointer<Scalar>, _ stride: Int) -> Void
  ) {
    let size = rows * columns
    for (node, destination) in zip(nodeUnits, nodes) {
      // Partial sums that wait for their right neighbour; the first one is the destination.
      func block(_ level: Int) -> (start: UnsafeMutablePointer<Scalar>, stride: Int) {
        level == 0 ? (destination, stride) : (scratch + (level - 1) * size, columns)
      }
      for (index, unit) in node.enumerated() {
        var level = index.nonzeroBitCount
        let target = block(level)
        if units[unit].allSatisfy({ shards.shards[$0].isEmpty }) {
          for row in 0..<rows {
            (target.start + row * target.stride).zero(count: columns)
          }
        } else {
          leaf(unit, target.start, target.stride)
        }
        for _ in 0..<(~index).trailingZeroBitCount {
          let (from, to) = (block(level), block(level - 1))
          for row in 0..<rows {
            Scalar.add(columns, from.start + row * from.stride, to: to.start + row * to.stride)
          }
          level -= 1
        }
      }
    }
  }
}
