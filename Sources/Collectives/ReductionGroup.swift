import Compute
import MPI
import Matrices
import Requirements

/// Ranks that train one fold together: who computes which shards, owns which part of the gradient,
/// and how the parts come together.
///
/// The gradient is a binary tree over the batch's shards. Each rank sums the subtrees inside its own
/// run of shards (`BatchShards.nodes`); a reduce-scatter gives every owner the nodes of all ranks for
/// its part and adds them in the order of the tree, and an all-gather of the weights hands out what the
/// owners made of it. Together they move what a ring allreduce moves, and give the same bits for any
/// number of ranks.
public final class ReductionGroup {
  /// Elements of one message of weights.
  private static let piece = 1 << 24
  private static let weightsTag = 2

  public let rank: Int
  public let size: Int
  /// Leaves of the tree.
  public let shards: Int
  /// Bytes this rank has sent of gradients and weights.
  public private(set) var bytesSent = 0
  /// The rank whose weights came last, and the seconds for which it alone was waited for then; nil: there
  /// were not two others yet.
  public private(set) var latecomer: (rank: Int, seconds: Double)?
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

  /// The most shards that one rank owns.
  public var mostOwnedShards: Int { (0..<size).map { ownedShards(of: $0).count }.max() ?? 0 }

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

  /// Begins the reduce-scatter of a batch's gradient: the nodes of all ranks, summed in the order of
  /// the tree, while they are still computed.
  ///
  /// - Parameters:
  ///   - nodes: This rank's nodes, in order, each the whole flat gradient. After
  ///     `finishReduceScatter` the owned part of the first one holds the batch's gradient; the rest is
  ///     unspecified.
  ///   - count: Elements of the flat gradient.
  public func beginReduceScatter(_ nodes: [Buffer<Float>], count: Int) {
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
  public func finishReduceScatter() throws {
    guard let exchange else { return }
    bytesSent += try exchange.finish()
  }

  /// Gives every rank the weights that the others own.
  ///
  /// - Parameters:
  ///   - weights: The flat weights.
  ///   - ranges: For each rank the runs of the weights that it owns.
  /// - Throws: `MPIError`.
  public func allGatherWeights(_ weights: Buffer<Float>, ranges: [[Range<Int>]]) throws {
    guard let communicator, size > 1 else { return }
    var requests: [Request] = []
    let others = (0..<size).filter { $0 != rank }
    let arrivals = try others.map { other in
      try ranges[other].flatMap(Self.pieces).map {
        try communicator.startReceive(
          MessageMemory(weights, $0), from: other, tag: Self.weightsTag)
      }
    }
    for other in 0..<size where other != rank {
      for part in ranges[rank].flatMap(Self.pieces) {
        let memory = MessageMemory(weights, part)
        bytesSent += memory.bytes.count
        requests.append(try communicator.startSend(memory, to: other, tag: Self.weightsTag))
      }
    }
    latecomer = try communicator.wait(arrivals, and: requests).map {
      (others[$0.index], $0.seconds)
    }
  }

  /// Everyone's bytes, in order of rank; all give as many.
  ///
  /// - Throws: `MPIError`.
  public func allGather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    try communicator?.allGather(bytes) ?? [bytes]
  }

  /// Everyone's number, in order of rank.
  ///
  /// - Throws: `MPIError`.
  public func allGather<Integer: FixedWidthInteger>(_ number: Integer) throws -> [Integer] {
    let bytes = withUnsafeBytes(of: number.littleEndian) { Array($0) }
    return try allGather(bytes).map { bytes in
      bytes.withUnsafeBytes { Integer(littleEndian: $0.loadUnaligned(as: Integer.self)) }
    }
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
