import MPI
import TensorCore

/// Ranks that train one fold together: who computes which shards, owns which part of the gradient,
/// and how the parts come together.
///
/// The gradient is a binary tree over the batch's shards. Each rank sums the subtrees inside its own
/// run of shards (`BatchShards.nodes`); `reduce` gives every owner the nodes of all ranks for its
/// part and adds them in the order of the tree, and `gather` hands out what the owners made of it.
/// Together they move what a ring allreduce moves, and give the same bits for any number of ranks.
public final class ReductionGroup {
  /// Elements of one message: bounds the memory for what is received.
  static let bucket = 1 << 20
  private static let gradientTag = 1
  private static let weightsTag = 2

  public let rank: Int
  public let size: Int
  /// Leaves of the tree.
  public let shards: Int
  /// Bytes this rank has sent in `reduce` and `gather`.
  public private(set) var bytesSent = 0
  private let communicator: Communicator?
  private var received: [Int: Buffer<Float>] = [:]

  /// - Parameters:
  ///   - communicator: The group's ranks; nil: this process alone, without MPI.
  ///   - shards: Leaves of the tree, a power of two, at least as many as ranks.
  public init(_ communicator: Communicator?, shards: Int) {
    self.communicator = communicator
    self.shards = shards
    rank = communicator?.rank ?? 0
    size = communicator?.size ?? 1
    precondition(size <= shards, "\(size) ranks share \(shards) shards")
  }

  /// The shards of a rank: a run, as even as can be.
  public func ownedShards(of rank: Int) -> Range<Int> {
    rank * shards / size..<(rank + 1) * shards / size
  }

  /// This rank's part of a batch.
  public func batchShards(batchSize: Int) -> BatchShards {
    BatchShards(batchSize: batchSize, shards: shards, owned: ownedShards(of: rank))
  }

  /// The elements of a flat gradient of `count` elements that a rank owns, updates and hands out.
  public func ownedElements(of rank: Int, count: Int) -> Range<Int> {
    // Multiples of 16 keep the owners' cache lines apart.
    let boundary = { (rank: Int) in
      rank == self.size ? count : min(count, count * rank / self.size / 16 * 16)
    }
    return boundary(rank)..<boundary(rank + 1)
  }

  /// Sums the nodes of all ranks in the order of the tree.
  ///
  /// - Parameters:
  ///   - nodes: This rank's nodes, in order, each the whole flat gradient. Afterwards the owned
  ///     part of the first one holds the batch's gradient; the rest is unspecified.
  ///   - count: Elements of the flat gradient.
  /// - Throws: `MPIError`.
  public func reduce(
    _ nodes: [UnsafeMutablePointer<Float>], count: Int, _ context: ComputeContext<Float>
  ) throws {
    let leaves = (0..<size).map { ownedShards(of: $0) }
    let trees = leaves.map { BatchShards.nodes(of: $0) }
    let parts = (0..<size).map { ownedElements(of: $0, count: count) }
    let longest = parts.map(\.count).max() ?? 0
    var start = 0
    while start < longest {
      let buckets = parts.map { part in
        part.lowerBound + min(start, part.count)..<part.lowerBound
          + min(start + Self.bucket, part.count)
      }
      try reduce(nodes, buckets: buckets, trees: trees, context)
      start += Self.bucket
    }
  }

  /// One bucket of every owner's part.
  private func reduce(
    _ nodes: [UnsafeMutablePointer<Float>], buckets: [Range<Int>], trees: [[Range<Int>]],
    _ context: ComputeContext<Float>
  ) throws {
    let mine = buckets[rank]
    var terms: [Range<Int>: UnsafeMutablePointer<Float>] = [:]
    for (node, pointer) in zip(trees[rank], nodes) { terms[node] = pointer + mine.lowerBound }
    if let communicator {
      var requests: [Request] = []
      for other in 0..<size where other != rank {
        for (index, node) in trees[other].enumerated() where !mine.isEmpty {
          let buffer = receiveBuffer(rank: other, node: index)
          terms[node] = buffer
          requests.append(
            try communicator.startReceive(
              bytes(buffer, mine.count), from: other, tag: Self.gradientTag))
        }
      }
      for other in 0..<size where other != rank {
        for pointer in nodes where !buckets[other].isEmpty {
          requests.append(
            try send(pointer, buckets[other], to: other, Self.gradientTag, communicator))
        }
      }
      try communicator.wait(requests)
    }
    if mine.isEmpty { return }
    let total = Self.sum(0..<shards, &terms) { from, to in
      context.forEachPart(of: mine.count, grain: 1 << 14) { part in
        Float.add(part.count, from + part.lowerBound, to: to + part.lowerBound)
      }
    }
    let target = nodes[0] + mine.lowerBound
    if total != target { target.update(from: total, count: mine.count) }
  }

  /// The sum of a subtree, in the memory of its first term: left plus right, from the leaves up.
  private static func sum(
    _ subtree: Range<Int>, _ terms: inout [Range<Int>: UnsafeMutablePointer<Float>],
    add: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> UnsafeMutablePointer<Float> {
    if let term = terms[subtree] { return term }
    precondition(subtree.count > 1, "no rank has summed shard \(subtree.lowerBound)")
    let middle = subtree.lowerBound + subtree.count / 2
    let left = sum(subtree.lowerBound..<middle, &terms, add: add)
    let right = sum(middle..<subtree.upperBound, &terms, add: add)
    add(right, left)
    return left
  }

  /// Hands every owner's elements to all ranks.
  ///
  /// - Parameters:
  ///   - weights: The flat weights.
  ///   - ranges: For each rank the runs of the weights that it owns.
  /// - Throws: `MPIError`.
  public func gather(_ weights: UnsafeMutablePointer<Float>, ranges: [[Range<Int>]]) throws {
    guard let communicator, size > 1 else { return }
    var requests: [Request] = []
    for other in 0..<size where other != rank {
      for range in ranges[other] {
        for part in Self.pieces(range) {
          requests.append(
            try communicator.startReceive(
              bytes(weights + part.lowerBound, part.count), from: other, tag: Self.weightsTag))
        }
      }
    }
    for other in 0..<size where other != rank {
      for range in ranges[rank] {
        for part in Self.pieces(range) {
          requests.append(try send(weights, part, to: other, Self.weightsTag, communicator))
        }
      }
    }
    try communicator.wait(requests)
  }

  /// Everyone's numbers, in order of rank; all give as many.
  public func share(_ numbers: [Double]) throws -> [[Double]] {
    try communicator?.allGather(numbers) ?? [numbers]
  }

  /// Everyone's checksum, in order of rank.
  public func share(checksum: UInt64) throws -> [UInt64] {
    let bytes = withUnsafeBytes(of: checksum) { Array($0) }
    return try communicator?.allGather(bytes).map { bytes in
      bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    } ?? [checksum]
  }

  private static func pieces(_ range: Range<Int>) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: 16 * bucket).map {
      $0..<min($0 + 16 * bucket, range.upperBound)
    }
  }

  private func send(
    _ base: UnsafeMutablePointer<Float>, _ range: Range<Int>, to rank: Int, _ tag: Int,
    _ communicator: Communicator
  ) throws -> Request {
    let bytes = bytes(base + range.lowerBound, range.count)
    bytesSent += bytes.count
    return try communicator.startSend(UnsafeRawBufferPointer(bytes), to: rank, tag: tag)
  }

  private func bytes(_ pointer: UnsafeMutablePointer<Float>, _ count: Int)
    -> UnsafeMutableRawBufferPointer
  {
    UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: pointer, count: count))
  }

  private func receiveBuffer(rank: Int, node: Int) -> UnsafeMutablePointer<Float> {
    let key = rank * shards + node
    if let buffer = received[key] { return buffer.pointer }
    let buffer = Buffer<Float>(count: Self.bucket)
    received[key] = buffer
    return buffer.pointer
  }
}
