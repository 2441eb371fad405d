import Lifelines
import MPI
import Tasks

/// The group that a rank is in, and how it comes into the next one.
struct Membership {
  private let world: Communicator
  /// All ranks too, for forming groups alone: MPI sends messages of its own for that, with the tag that it is
  /// given, and nobody may take them for others.
  private let forming: Communicator
  private let abandoned: AbandonedGroups
  private(set) var group: RankGroup
  private(set) var ranks: Communicator
  /// All ranks, for talking to rank 0: no wait in it outlasts the group.
  private(set) var coordinator: Communicator

  /// - Parameters:
  ///   - first: The group to join first.
  ///   - forming: All ranks; it must be used for nothing else.
  init(
    _ first: RankGroup, world: Communicator, forming: Communicator, abandoned: AbandonedGroups
  ) {
    self.world = world
    self.forming = forming
    self.abandoned = abandoned
    group = first
    // Until the group is formed.
    (ranks, coordinator) = (forming, world)
  }

  var isLeader: Bool { ranks.rank == 0 }

  /// Forms a group. Collective over its ranks; in it no wait outlasts it.
  ///
  /// - Throws: `GroupAbandoned`, `MPIError`.
  mutating func join(_ group: RankGroup) throws {
    self.group = group
    let (number, abandoned) = (group.number, abandoned)
    let check: Communicator.GiveUp = { try abandoned.check(number) }
    coordinator = try world.with(giveUp: check)
    try meet()
    ranks = try forming.join(group.ranks, tag: number, name: "group \(number)", giveUp: check)
  }

  /// Leaves the group for the one of these that has this rank. Collective over both.
  mutating func join(oneOf groups: [RankGroup]) throws {
    guard let mine = groups.first(where: { $0.ranks.contains(world.rank) }) else {
      throw UnexpectedOrder(order: .regroup(groups), lease: nil)
    }
    try ranks.free()
    try join(mine)
  }

  /// Waits until all ranks of the group are about to form it: of that nothing takes a rank out when another
  /// does not come.
  private func meet() throws {
    let word = withUnsafeBytes(of: UInt64(group.number)) { Array($0) }
    /// Words about a group that was given up may still lie there.
    func hear(_ rank: Int) throws {
      while try coordinator.receive(from: rank, tag: Tag.meeting) != word {}
    }
    guard world.rank == group.leader else {
      try coordinator.post(word, to: group.leader, tag: Tag.meeting)
      return try hear(group.leader)
    }
    for rank in group.ranks.dropFirst() { try hear(rank) }
    for rank in group.ranks.dropFirst() { try coordinator.post(word, to: rank, tag: Tag.meeting) }
  }
}
