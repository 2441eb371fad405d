import MPI
import Matrices

/// Gives every rank the weights that the others have updated, while the next forward pass begins.
///
/// Each rank sends its part in pieces from the front, which the forward pass uses first, as soon as
/// they are updated. It receives the others' parts in the same order, a few pieces of each rank at
/// once, and tells up to where the weights are here.
final class WeightHandOut: ExchangeJob {
  private struct State {
    var updatedEnd = 0
    var arrivedEnd: Int
    var latecomer: (rank: Int, seconds: Double)?
    var outcome: Result<Void, any Error>?
  }

  /// What one other rank hands out.
  private struct Arrival {
    let rank: Int
    /// Not here yet, the first ones being received.
    var pieces: ArraySlice<Range<Int>>
    var requests: [Request] = []
  }

  /// Elements of one message, and the messages of a rank that are received at once.
  static let piece = 1 << 20
  private static let window = 4
  private static let tag = 2

  /// Bytes that this rank sends.
  let bytes: Int
  private let weights: Buffer<Float>
  private let others: [Int]
  private let state: Monitor<State>
  // The thread's own.
  private var departures: ArraySlice<Range<Int>>
  private var arrivals: [Arrival]
  private var last = LastArrival()

  /// - Parameters:
  ///   - weights: The flat weights.
  ///   - ranges: For each rank the runs of the weights that it owns, from the front.
  init(_ weights: Buffer<Float>, ranges: [[Range<Int>]], rank: Int) {
    self.weights = weights
    others = ranges.indices.filter { $0 != rank }
    let pieces = ranges.map { $0.flatMap(Self.pieces)[...] }
    departures = pieces[rank]
    arrivals = others.map { Arrival(rank: $0, pieces: pieces[$0]) }
    state = Monitor(State(arrivedEnd: Self.end(of: arrivals)))
    bytes =
      departures.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride * others.count
  }

  private static func pieces(_ range: Range<Int>) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: piece).map {
      $0..<min($0 + piece, range.upperBound)
    }
  }

  /// Says that this rank's weights below `end` are updated; they may be sent.
  func isUpdated(upTo end: Int) { state.change { $0.updatedEnd = end } }

  /// Waits until all weights below `end` are here.
  ///
  /// - Throws: What the exchange failed by.
  func waitForArrival(upTo end: Int) throws {
    try state.wait { state in
      state.arrivedEnd >= end ? .success(()) : state.outcome
    }.get()
  }

  /// Waits until all weights are here and the others have received this rank's.
  func finish() throws {
    isUpdated(upTo: .max)
    try state.wait { $0.outcome }.get()
  }

  /// Who came last, once all weights are here.
  var latecomer: (rank: Int, seconds: Double)? { state.read { $0.latecomer } }

  func end(_ outcome: Result<Void, any Error>) { state.change { $0.outcome = outcome } }

  // MARK: - The thread

  /// Ends when all is here. What is still being sent is left to the job that follows, if there is one.
  func run(_ thread: ExchangeThread) throws {
    let communicator = thread.communicator
    try communicator.poll(awaited(thread), longestNap: ExchangeThread.nap) {
      try thread.checkEnd()
      try send(thread)
      for index in arrivals.indices { try receive(&arrivals[index], communicator) }
      last.look(missing: arrivals.filter { !$0.pieces.isEmpty }.map(\.rank))
      tellArrival()
      try communicator.progressInOrder(&thread.sends)
      return departures.isEmpty && arrivals.allSatisfy(\.pieces.isEmpty)
        && (thread.sends.isEmpty || thread.isAwaited)
    }
  }

  private func awaited(_ thread: ExchangeThread) -> String {
    (arrivals.compactMap(\.requests.first).first ?? thread.sends.first)?.operation
      ?? "the update of this rank's weights"
  }

  /// Starts to send what is updated.
  private func send(_ thread: ExchangeThread) throws {
    let end = state.read { $0.updatedEnd }
    while let piece = departures.first, piece.upperBound <= end {
      for other in others {
        thread.sends.append(
          try thread.communicator.startSend(
            MessageMemory(weights, piece), to: other, tag: Self.tag))
      }
      departures.removeFirst()
    }
  }

  private func receive(_ arrival: inout Arrival, _ communicator: Communicator) throws {
    let before = arrival.requests.count
    try communicator.progressInOrder(&arrival.requests)
    arrival.pieces.removeFirst(before - arrival.requests.count)
    for piece in arrival.pieces.dropFirst(arrival.requests.count)
      .prefix(Self.window - arrival.requests.count)
    {
      arrival.requests.append(
        try communicator.startReceive(
          MessageMemory(weights, piece), from: arrival.rank, tag: Self.tag))
    }
  }

  /// Where the first weights start that are not here.
  private static func end(of arrivals: [Arrival]) -> Int {
    arrivals.compactMap(\.pieces.first?.lowerBound).min() ?? .max
  }

  private func tellArrival() {
    let end = Self.end(of: arrivals)
    guard state.read({ $0.arrivedEnd < end }) else { return }
    state.change {
      $0.arrivedEnd = end
      $0.latecomer = last.latecomer
    }
  }
}
