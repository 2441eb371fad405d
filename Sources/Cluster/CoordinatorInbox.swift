import MPI
import Tasks

/// What the coordinator and the groups' leaders say to one another.
struct CoordinatorInbox {
  let world: Communicator
  let layout: RankGroups

  /// The next message; nil: there is none now.
  func next() throws -> WorkerMessage? {
    guard let message = try world.probe(tag: Tag.worker) else { return nil }
    return try world.receive(WorkerMessage.self, from: message.rank, tag: Tag.worker)
  }

  /// Tells a group's leader what to do.
  func send(_ order: Order, to group: Int) throws {
    try world.send(message: order, to: leader(of: group), tag: Tag.order)
  }

  func leader(of group: Int) -> Int { layout.groups[group].lowerBound }
}
