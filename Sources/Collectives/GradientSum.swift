import Foundation
import Kernels
import MPI
import Matrices
import Requirements

/// The reduce-scatter of one batch's gradient, each bucket as soon as the backward pass has computed it.
///
/// Buckets go from the end of the flat gradient, which the backward pass computes first, to its start.
final class GradientSum: ExchangeJob {
  private struct State {
    var computedFrom = Int.max
    var outcome: Result<Void, any Error>?
  }

  /// A bucket of this rank's part that is being received.
  private struct Arrival {
    let range: Range<Int>
    var requests: [Request]
    let terms: [Range<Int>: UnsafeMutablePointer<Float>]
  }

  /// Elements of one message, and the buckets that are received at once: bounds the memory.
  static let bucket = 1 << 20
  private static let window = 4
  private static let tag = 1

  /// Bytes that this rank sends.
  let bytes: Int
  private let nodes: [Buffer<Float>]
  private let trees: [[Range<Int>]]
  private let shards: Int
  private let buckets: [(owner: Int, range: Range<Int>)]
  /// The thread's own while this runs.
  private let received: ReceiveBuffers
  private let state = Monitor(State())

  /// See `ReductionGroup.beginReduceScatter`.
  ///
  /// - Parameters:
  ///   - trees: The nodes of each rank.
  ///   - parts: The elements of each rank.
  ///   - received: What the sum before this one used.
  init(
    _ nodes: [Buffer<Float>], trees: [[Range<Int>]], shards: Int, parts: [Range<Int>], rank: Int,
    received: ReceiveBuffers
  ) {
    self.nodes = nodes
    self.trees = trees
    self.shards = shards
    self.received = received
    buckets =
      parts.enumerated().flatMap { owner, part in
        stride(from: part.lowerBound, to: part.upperBound, by: Self.bucket).map {
          (owner, $0..<min($0 + Self.bucket, part.upperBound))
        }
      }.reversed()
    bytes =
      parts.indices.reduce(0) { $0 + ($1 == rank ? 0 : parts[$1].count) }
      * MemoryLayout<Float>.stride * nodes.count
  }

  func isComputed(from first: Int) { state.change { $0.computedFrom = first } }

  /// Waits for the end.
  func finish() throws {
    isComputed(from: 0)
    try state.wait { $0.outcome }.get()
  }

  func end(_ outcome: Result<Void, any Error>) {
    // What MPI may still write to is not used again.
    if case .failure = outcome { received.forget() }
    state.change { $0.outcome = outcome }
  }

  // MARK: - The thread

  /// Ends when this rank's part is summed, and all that it has sent has been received: its nodes, and
  /// the weights of the step before.
  func run(_ thread: ExchangeThread) throws {
    let communicator = thread.communicator
    var arrivals: [Arrival] = []
    var slot = 0
    for bucket in buckets {
      try thread.checkEnd()
      while state.read({ $0.computedFrom > bucket.range.lowerBound }) {
        try thread.checkEnd()
        try communicator.progressInOrder(&thread.sends)
        for arrival in arrivals.indices {
          try communicator.progressInOrder(&arrivals[arrival].requests)
        }
        while arrivals.first?.requests.isEmpty == true { sum(arrivals.removeFirst()) }
        usleep(ExchangeThread.nap)
      }
      if bucket.owner == communicator.rank {
        if arrivals.count == Self.window {
          try communicator.wait(arrivals[0].requests)
          sum(arrivals.removeFirst())
        }
        arrivals.append(try receive(bucket.range, communicator, slot: slot))
        slot = (slot + 1) % Self.window
      } else {
        for node in nodes {
          thread.sends.append(
            try communicator.startSend(
              MessageMemory(node, bucket.range), to: bucket.owner, tag: Self.tag))
        }
      }
    }
    for arrival in arrivals {
      try communicator.wait(arrival.requests)
      sum(arrival)
    }
    try communicator.wait(thread.sends)
    thread.sends = []
  }

  /// Starts receiving the other ranks' nodes of a bucket.
  private func receive(_ range: Range<Int>, _ communicator: Communicator, slot: Int) throws
    -> Arrival
  {
    var terms: [Range<Int>: UnsafeMutablePointer<Float>] = [:]
    for (node, buffer) in zip(trees[communicator.rank], nodes) {
      terms[node] = buffer.pointer + range.lowerBound
    }
    var requests: [Request] = []
    var number = 0
    for other in 0..<communicator.size where other != communicator.rank {
      for node in trees[other] {
        let buffer = received[slot, number]
        number += 1
        terms[node] = buffer.pointer
        requests.append(
          try communicator.startReceive(
            MessageMemory(buffer, 0..<range.count), from: other, tag: Self.tag))
      }
    }
    return Arrival(range: range, requests: requests, terms: terms)
  }

  /// Adds the terms of a bucket in the order of the tree, into the first node.
  private func sum(_ arrival: Arrival) {
    let total = Self.sum(0..<shards, arrival.terms) { from, to in
      Float.add(arrival.range.count, from, to: to)
    }
    let target = nodes[0].pointer + arrival.range.lowerBound
    if total != target { target.update(from: total, count: arrival.range.count) }
  }

  /// The sum of a subtree, in the memory of its first term: left plus right, from the leaves up.
  private static func sum(
    _ subtree: Range<Int>, _ terms: [Range<Int>: UnsafeMutablePointer<Float>],
    add: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> UnsafeMutablePointer<Float> {
    if let term = terms[subtree] { return term }
    require(subtree.count > 1, "no rank has summed shard \(subtree.lowerBound)")
    let middle = subtree.lowerBound + subtree.count / 2
    let left = sum(subtree.lowerBound..<middle, terms, add: add)
    let right = sum(middle..<subtree.upperBound, terms, add: add)
    add(right, left)
    return left
  }
}
