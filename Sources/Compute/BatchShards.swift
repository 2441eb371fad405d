import Requirements

/// The logical shards of one batch that this rank computes, and how their sums nest.
///
/// A batch's gradient is *defined* as a binary tree over its shards: neighbours first, then pairs
/// of neighbours, and so on. A rank owns a run of shards; the largest subtrees inside the run are its
/// *nodes*. It sums each node, and what is above them is summed over ranks.
public struct BatchShards: Sendable, Equatable {
  /// Samples of the whole batch, over all ranks.
  public let batchSize: Int
  /// The owned samples, as indices into the batch.
  public let samples: Range<Int>
  /// The owned shards' samples, counted from the first owned sample; a shard may be empty.
  public let shards: [Range<Int>]
  /// The nodes, as runs of `shards`; each length is a power of two.
  public let nodes: [Range<Int>]

  /// - Parameters:
  ///   - batchSize: Samples of the whole batch; shard s gets s·batchSize/shards ..< (s+1)·batchSize/shards.
  ///   - shards: Shards of the whole batch, a power of two.
  ///   - owned: The shards of this rank.
  public init(batchSize: Int, shards: Int, owned: Range<Int>) {
    require(
      shards > 0 && shards & (shards - 1) == 0, "\(shards) shards are not a power of two")
    require(
      owned.lowerBound >= 0 && owned.upperBound <= shards, "shards \(owned) of \(shards)")
    let start = { (shard: Int) in shard * batchSize / shards }
    let first = start(owned.lowerBound)
    self.batchSize = batchSize
    samples = first..<start(owned.upperBound)
    self.shards = owned.map { start($0) - first..<start($0 + 1) - first }
    nodes = Self.nodes(of: owned).map {
      $0.lowerBound - owned.lowerBound..<$0.upperBound - owned.lowerBound
    }
  }

  /// All samples as one shard: for evaluation, and for a single process without a tree.
  public init(whole batchSize: Int) { self.init(batchSize: batchSize, shards: 1, owned: 0..<1) }

  /// The largest aligned subtrees inside a run of leaves, in order.
  public static func nodes(of leaves: Range<Int>) -> [Range<Int>] {
    var nodes: [Range<Int>] = []
    var start = leaves.lowerBound
    while start < leaves.upperBound {
      var length = start == 0 ? 1 << 62 : start & -start
      while length > leaves.upperBound - start { length >>= 1 }
      nodes.append(start..<start + length)
      start += length
    }
    return nodes
  }

  /// Samples of the largest owned shard.
  public var largestShard: Int { shards.map(\.count).max() ?? 0 }

  /// Rows of each of the samples, of a matrix that has the same number for all.
  public func rowsPerSample(_ rows: Int) -> Int {
    require(
      rows % max(samples.count, 1) == 0,
      "\(rows) rows are not the same number for \(samples.count) samples")
    return rows / max(samples.count, 1)
  }
}
