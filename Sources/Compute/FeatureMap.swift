import Requirements

/// The square map that a sample's tokens form, and the blocks inside which they attend.
///
/// Tokens are rows of a matrix in the order (sample, row, column).
public struct FeatureMap: Sendable, Equatable {
  /// Positions a side.
  public let side: Int
  /// Blocks a side.
  public let blocks: Int

  public init(side: Int, blocks: Int) {
    require(
      side > 0 && blocks > 0 && side % blocks == 0, "\(blocks) blocks a side on a map of \(side)")
    self.side = side
    self.blocks = blocks
  }

  /// Tokens of a sample.
  public var positions: Int { side * side }
  /// Tokens of a block.
  public var sequence: Int { (side / blocks) * (side / blocks) }

  /// Each position's place inside its block, row by row.
  public var placeInBlock: [Int] {
    let size = side / blocks
    return (0..<positions).map { ($0 / side % size) * size + $0 % side % size }
  }

  /// Each block's positions, in order of their place.
  public var blockPositions: [[Int]] {
    let size = side / blocks
    return (0..<blocks * blocks).map { block in
      let top = block / blocks * size
      let left = block % blocks * size
      return (0..<size * size).map { (top + $0 / size) * side + left + $0 % size }
    }
  }

  /// Attention probabilities of a sample, (block, head, query, key).
  public func probabilities(heads: Int) -> Int { blocks * blocks * heads * sequence * sequence }
}
