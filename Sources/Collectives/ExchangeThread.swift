import Foundation
import MPI

/// One exchange of a group, which each rank's `ExchangeThread` does beside the training.
protocol ExchangeJob: AnyObject {
  /// Does it, on that thread.
  func run(_ thread: ExchangeThread) throws

  /// Says how it ended to whoever waits for it.
  func end(_ outcome: Result<Void, any Error>)
}

/// Does a rank's exchanges, one after another in the order in which they are added, while the rank
/// computes.
///
/// MPI moves large messages only while somebody asks after them, so the thread polls.
///
/// The thread keeps this object and what it exchanges alive until `end`, or until a wait that it is
/// in then has ended: whoever gives up an exchange need not wait for it.
final class ExchangeThread: @unchecked Sendable {
  // Unchecked: `sends` belongs to the thread.
  private struct State {
    var jobs: [any ExchangeJob] = []
    var isEnding = false
  }

  /// The exchange was given up while it was under way.
  private struct GivenUp: Error {}

  /// Microseconds between two looks at what is under way.
  static let nap: UInt32 = 50

  let communicator: Communicator
  /// What earlier jobs have begun to send and nobody has seen the end of.
  var sends: [Request] = []
  private let state = Monitor(State())

  init(_ communicator: Communicator) {
    self.communicator = communicator
    let thread = Thread { [self] in serve() }
    thread.name = "exchange"
    thread.start()
  }

  func add(_ job: any ExchangeJob) { state.change { $0.jobs.append(job) } }

  /// Ends the thread; what is under way is given up.
  func end() { state.change { $0.isEnding = true } }

  // MARK: - The thread

  /// Whether the next job waits for the one that runs.
  var isAwaited: Bool { state.read { $0.jobs.count > 1 } }

  /// - Throws: If the thread is to end.
  func checkEnd() throws {
    if state.read({ $0.isEnding }) { throw GivenUp() }
  }

  private func serve() {
    while true {
      let next = state.wait { state -> (any ExchangeJob)?? in
        state.isEnding ? .some(nil) : state.jobs.first.map { .some($0) }
      }
      guard let job = next else { return }
      let outcome = Result { try job.run(self) }
      // Nobody asks after them any more; what they are sent from stays.
      if case .failure = outcome { sends = [] }
      state.change { $0.jobs.removeFirst() }
      job.end(outcome)
    }
  }
}
