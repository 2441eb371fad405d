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
/// number of ranks. Both are done by a thread while the ranks compute.
public final class ReductionGroup {
  public let rank: Int
  public let size: Int
  /// Leaves of the tree.
  public let shards: Int
  /// Bytes this rank has sent of gradients and weights.
  public private(set) var bytesSent = 0
  /// The rank whose weights came last, and the seconds for which only its own were missing; nil: there is none.
  public private(set) var latecomer: (rank: Int, seconds: Double)?
  private let communicator: Communicator?
  private var thread: ExchangeThread?
  private let received = ReceiveBuffers()
  /// What is under way.
  private var sum: GradientSum?
  private var handOut: WeightHandOut?

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

  deinit { thread?.end() }

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
  /// the tree, while they are still computed. Weights that are still being handed out arrive first.
  ///
  /// - Parameters:
  ///   - nodes: This rank's nodes, in order, each the whole flat gradient. After
  ///     `finishReduceScatter` the owned part of the first one holds the batch's gradient; the rest is
  ///     unspecified.
  ///   - count: Elements of the flat gradient.
  /// - Throws: `MPIError` of the weights: what was computed since is not by them.
  public func beginReduceScatter(_ nodes: [Buffer<Float>], count: Int) throws {
    guard let communicator, size > 1 else { return }
    try handOut?.waitForArrival(upTo: .max)
    if let handOut { latecomer = handOut.latecomer }
    let sum = GradientSum(
      nodes, trees: (0..<size).map { BatchShards.nodes(of: ownedShards(of: $0)) }, shards: shards,
      parts: (0..<size).map { ownedElements(of: $0, count: count) }, rank: rank,
      received: received)
    self.sum = sum
    thread(of: communicator).add(sum)
  }

  /// Says that all elements of the nodes from `first` on are computed; they may be sent.
  public func isComputed(from first: Int) { sum?.isComputed(from: first) }

  /// Waits until the owned part of the gradient is whole, and the other ranks have received all that
  /// this one has sent.
  ///
  /// - Throws: `MPIError`.
  public func finishReduceScatter() throws {
    guard let sum else { return }
    try sum.finish()
    self.sum = nil
    // The weights that were handed out before have left too.
    handOut = nil
    bytesSent += sum.bytes
  }

  /// Begins to give every rank the weights that the others own, in the order of the flat weights.
  ///
  /// From now on the others' weights arrive; nobody may read or write them before `awaitWeights`.
  ///
  /// - Parameters:
  ///   - weights: The flat weights.
  ///   - ranges: For each rank the runs of the weights that it owns, from the front.
  public func beginHandOut(_ weights: Buffer<Float>, ranges: [[Range<Int>]]) {
    guard let communicator, size > 1 else { return }
    require(handOut == nil && sum == nil, "weights are handed out while others are under way")
    let handOut = WeightHandOut(weights, ranges: ranges, rank: rank)
    self.handOut = handOut
    bytesSent += handOut.bytes
    thread(of: communicator).add(handOut)
  }

  /// Says that this rank's weights below `end` are updated; they may be sent.
  public func isUpdated(upTo end: Int) { handOut?.isUpdated(upTo: end) }

  /// Waits until all weights below `end` are here. Where the exchange has failed it comes back at once,
  /// and `beginReduceScatter` or `finishHandOut` throws.
  public func awaitWeights(upTo end: Int) { try? handOut?.waitForArrival(upTo: end) }

  /// Waits until all weights are here, and the other ranks have received this one's.
  ///
  /// - Throws: `MPIError`.
  public func finishHandOut() throws {
    try handOut?.finish()
    if let handOut { latecomer = handOut.latecomer }
    handOut = nil
  }

  /// Gives every rank the weights that the others own.
  ///
  /// - Parameters: As `beginHandOut`.
  /// - Throws: `MPIError`.
  public func allGatherWeights(_ weights: Buffer<Float>, ranges: [[Range<Int>]]) throws {
    beginHandOut(weights, ranges: ranges)
    try finishHandOut()
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

  private func thread(of communicator: Communicator) -> ExchangeThread {
    let thread = thread ?? ExchangeThread(communicator)
    self.thread = thread
    return thread
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
