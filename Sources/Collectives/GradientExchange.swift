import Foundation
import Kernels
import MPI
import Matrices
import Requirements

/// Does the reduce-scatter of one batch's gradient after another on a thread of its own, each bucket
/// as soon as the backward pass has computed it.
///
/// MPI moves large messages only while somebody asks after them, so the thread polls. Buckets go
/// from the end of the flat gradient, which the backward pass computes first, to its start.
///
/// The thread keeps this object and the batch's nodes alive until `end`, or until a wait that it is
/// in then has ended: whoever gives up a batch need not wait for it.
final class GradientExchange: @unchecked Sendable {
  // Unchecked: `job`, `computedFrom`, `outcome` and `isEnding` are read and written under `state`;
  // `received` belongs to the thread.
  private struct Job {
    let nodes: [Buffer<Float>]
    let trees: [[Range<Int>]]
    let shards: Int
    let buckets: [(owner: Int, range: Range<Int>)]
  }

  /// The batch was given up while it was under way.
  private struct GivenUp: Error {}

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
  /// Microseconds between two looks at what is under way.
  private static let nap: UInt32 = 50

  private let communicator: Communicator
  private let state = NSCondition()
  private var job: Job?
  private var computedFrom = Int.max
  private var outcome: Result<Int, any Error>?
  private var isEnding = false
  private var received: [[Buffer<Float>]] = []

  init(_ communicator: Communicator) {
    self.communicator = communicator
    let thread = Thread { [self] in serve() }
    thread.name = "exchange"
    thread.start()
  }

  /// Ends the thread; a batch that is under way is given up.
  func end() {
    state.lock()
    isEnding = true
    state.broadcast()
    state.unlock()
  }

  /// Begins a batch; see `ReductionGroup.beginReduceScatter`.
  func begin(
    _ nodes: [Buffer<Float>], trees: [[Range<Int>]], shards: Int,
    parts: [Range<Int>]
  ) {
    let buckets = parts.enumerated().flatMap { owner, part in
      stride(from: part.lowerBound, to: part.upperBound, by: Self.bucket).map {
        (owner, $0..<min($0 + Self.bucket, part.upperBound))
      }
    }
    state.lock()
    computedFrom = .max
    outcome = nil
    job = Job(nodes: nodes, trees: trees, shards: shards, buckets: buckets.reversed())
    state.broadcast()
    state.unlock()
  }

  func isComputed(from first: Int) {
    state.lock()
    computedFrom = first
    state.broadcast()
    state.unlock()
  }

  /// Waits for the batch's end.
  ///
  /// - Returns: Bytes that were sent.
  func finish() throws -> Int {
    state.lock()
    computedFrom = 0
    state.broadcast()
    while outcome == nil { state.wait() }
    let result = outcome!
    state.unlock()
    return try result.get()
  }

  // MARK: - The thread

  private func serve() {
    while true {
      state.lock()
      while job == nil && !isEnding { state.wait() }
      guard let job, !isEnding else { return state.unlock() }
      state.unlock()
      let result = Result { try run(job) }
      // What MPI may still write to is not used again.
      if case .failure = result { received = [] }
      state.lock()
      self.job = nil
      outcome = result
      state.broadcast()
      state.unlock()
    }
  }

  private func run(_ job: Job) throws -> Int {
    var sends: [Request] = []
    var arrivals: [Arrival] = []
    var bytes = 0
    var slot = 0
    for bucket in job.buckets {
      while try !isComputed(bucket.range.lowerBound) {
        try communicator.progress(&sends)
        for arrival in arrivals.indices {
          try communicator.progress(&arrivals[arrival].requests)
        }
        while arrivals.first?.requests.isEmpty == true { sum(arrivals.removeFirst(), job) }
        usleep(Self.nap)
      }
      if bucket.owner == communicator.rank {
        if arrivals.count == Self.window {
          try communicator.wait(arrivals[0].requests)
          sum(arrivals.removeFirst(), job)
        }
        arrivals.append(try receive(bucket.range, job, slot: slot))
        slot = (slot + 1) % Self.window
      } else {
        for node in job.nodes {
          let part = MessageMemory(node, bucket.range)
          sends.append(try communicator.startSend(part, to: bucket.owner, tag: Self.tag))
          bytes += part.bytes.count
        }
      }
    }
    for arrival in arrivals {
      try communicator.wait(arrival.requests)
      sum(arrival, job)
    }
    try communicator.wait(sends)
    return bytes
  }

  private func isComputed(_ first: Int) throws -> Bool {
    state.lock()
    defer { state.unlock() }
    if isEnding { throw GivenUp() }
    return computedFrom <= first
  }

  /// Starts receiving the other ranks' nodes of a bucket.
  private func receive(_ range: Range<Int>, _ job: Job, slot: Int) throws -> Arrival {
    var terms: [Range<Int>: UnsafeMutablePointer<Float>] = [:]
    for (node, buffer) in zip(job.trees[communicator.rank], job.nodes) {
      terms[node] = buffer.pointer + range.lowerBound
    }
    var requests: [Request] = []
    var number = 0
    for other in 0..<communicator.size where other != communicator.rank {
      for node in job.trees[other] {
        let buffer = buffer(slot, number)
        number += 1
        terms[node] = buffer.pointer
        requests.append(
          try communicator.startReceive(
            MessageMemory(buffer, 0..<range.count), from: other, tag: Self.tag))
      }
    }
    return Arrival(range: range, requests: requests, terms: terms)
  }

  private func buffer(_ slot: Int, _ number: Int) -> Buffer<Float> {
    while received.count <= slot { received.append([]) }
    while received[slot].count <= number { received[slot].append(Buffer(count: Self.bucket)) }
    return received[slot][number]
  }

  /// Adds the terms of a bucket in the order of the tree, into the first node.
  private func sum(_ arrival: Arrival, _ job: Job) {
    let total = Self.sum(0..<job.shards, arrival.terms) { from, to in
      Float.add(arrival.range.count, from, to: to)
    }
    let target = job.nodes[0].pointer + arrival.range.lowerBound
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
