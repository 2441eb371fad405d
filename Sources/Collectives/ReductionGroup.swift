import Requirements
import MPI
import TensorCore

/// Ranks that train one fold together: who computes which shards, owns which part of the gradient,
/// and how the parts come together.
///
/// The gradient is a binary tree over the batch's shards. Each rank sums the subtrees inside its own
/// run of shards (`BatchShards.nodes`); a sum gives every owner the nodes of all ranks for its part
/// and adds them in the order of the tree, and `gather` hands out what the owners made of it.
/// Together they move what a ring allreduce moves, and give the same bits for any number of ranks.
public final class ReductionGroup {
  /// Elements of one message of weights.
  private static let piece = 1 << 24
  private static let weightsTag = 2

  public let rank: Int
  public let size: Int
  /// Leaves of the tree.
  public let shards: Int
  /// Bytes this rank has sent in sums and in `gather`.
  public private(set) var bytesSent = 0
  private let communicator: Communicator?
  private var exchange: GradientExchange?

  /// - Parameters:
  ///   - communicator: The group's ranks; nil: this process alone, without MPI.
  ///   - shards: Leaves of the tree, a power of two, at least as many as ranks.
  public init(_ communicator: Communicator?, shards: Int) {
    self.communicator = communicator
    self.shards = shards
    rank = communicator?.rank ?? 0
    size = communicator?.size ?? 1
    require(size <= shards, "\(size) ranks share \(shards) shards")
  }

  deinit { exchange?.end() }

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

  /// Begins to sum the nodes of all ranks in the order of the tree, while they are still computed.
  ///
  /// - Parameters:
  ///   - nodes: This rank's nodes, in order, each the whole flat gradient. After `finishSum` the
  ///     owned part of the first one holds the batch's gradient; the rest is unspecified.
  ///   - count: Elements of the flat gradient.
  public func beginSum(_ nodes: [Buffer<Float>], count: Int) {
    guard let communicator, size > 1 else { return }
    let exchange = exchange ?? GradientExchange(communicator)
    self.exchange = exchange
    exchange.begin(
      nodes, trees: (0..<size).map { BatchShards.nodes(of: ownedShards(of: $0)) }, shards: shards,
      parts: (0..<size).map { ownedElements(of: $0, count: count) })
  }

  /// Says that all elements of the nodes from `first` on are computed; they may be sent.
  public func isComputed(from first: Int) { exchange?.isComputed(from: first) }

  /// Waits until the owned part of the gradient is whole.
  ///
  /// - Throws: `MPIError`.
  public func finishSum() throws {
    guard let exchange else { return }
    bytesSent += try exchange.finish()
  }

  /// Hands every owner's elements to all ranks.
  ///
  /// - Parameters:
  ///   - weights: The flat weights.
  ///   - ranges: For each rank the runs of the weights that it owns.
  /// - Throws: `MPIError`.
  public func gather(_ weights: Buffer<Float>, ranges: [[Range<Int>]]) throws {
    guard let communicator, size > 1 else { return }
    var requests: [Request] = []
    for other in 0..<size where other != rank {
      for part in ranges[other].flatMap(Self.pieces) {
        requests.append(
          try communicator.startReceive(
            MessageMemory(weights, part), from: other, tag: Self.weightsTag))
      }
    }
    for other in 0..<size where other != rank {
      for part in ranges[rank].flatMap(Self.pieces) {
        let memory = MessageMemory(weights, part)
        bytesSent += memory.bytes.count
        requests.append(try communicator.startSend(memory, to: other, tag: Self.weightsTag))
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
    stride(from: range.lowerBound, to: range.upperBound, by: piece).map {
      $0..<min($0 + piece, range.upperBound)
    }
  }
}

extension MessageMemory {
  /// Elements of a buffer, which lives as long as a message of them is under way.
  init(_ buffer: Buffer<Float>, _ range: Range<Int>) {
    self.init(
      UnsafeMutableRawBufferPointer(
        UnsafeMutableBufferPointer(start: buffer.pointer + range.lowerBound, count: range.count)),
      of: buffer)
  }
}
