import Foundation
import Lifelines
import MPI
import Tasks

/// What the coordinator and the groups' leaders say to one another.
struct CoordinatorInbox {
  let world: Communicator
  let lifelines: Lifelines

  /// The sender of a message was lost before the whole of it had come.
  private struct SenderLost: Error {}

  /// The next message, and the rank that sent it; nil: there is none now.
  func next() throws -> (sender: Int, message: WorkerMessage)? {
    while let rank = try world.probe(tag: Tag.worker)?.rank {
      let sender = try world.with(giveUp: { [lifelines] in
        if lifelines.isLost(rank) { throw SenderLost() }
      })
      do {
        return (rank, try WorkerMessage(sender.receive(from: rank, tag: Tag.worker)))
      } catch is SenderLost {
        // Its group is given up.
      }
    }
    return nil
  }

  /// Tells a rank what to do, and does not wait until it has heard it.
  func send(_ order: Order, to rank: Int) throws {
    guard !lifelines.isLost(rank) else { return }
    try world.post(Array(JSONEncoder().encode(order)), to: rank, tag: Tag.order)
  }
}
