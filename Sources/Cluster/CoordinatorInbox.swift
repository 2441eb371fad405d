import MPI
import Tasks

/// What the coordinator and the groups' leaders say to one another.
struct CoordinatorInbox {
  let world: Communicator

  /// The next message, and the rank that sent it; nil: there is none now.
  func next() throws -> (sender: Int, message: WorkerMessage)? {
    guard let message = try world.probe(tag: Tag.worker) else { return nil }
    return (
      message.rank, try world.receive(WorkerMessage.self, from: message.rank, tag: Tag.worker)
    )
  }

  /// Tells a group's leader what to do.
  func send(_ order: Order, to leader: Int) throws {
    try world.send(message: order, to: leader, tag: Tag.order)
  }
}
