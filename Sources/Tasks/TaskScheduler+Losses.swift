/// What is to be done when a rank is lost.
public struct RankLoss: Sendable, Equatable {
  /// Groups that cannot go on. Their ranks that still wait for one another there must leave them, and say so
  /// (`TaskScheduler.comes`).
  public let abandoned: [Int]
  /// The ranks of these groups that are left.
  public let survivors: [Int]
  /// What was trained there; it waits now.
  public let task: TaskKey?
  /// Ranks that were only waiting for the lost one, and the group of each now.
  public let homes: [Int: RankGroup]

  public init(
    abandoned: [Int], survivors: [Int], task: TaskKey?, homes: [Int: RankGroup]
  ) {
    self.abandoned = abandoned
    self.survivors = survivors
    self.task = task
    self.homes = homes
  }
}

/// The ranks of a group that is given up, and become one again.
struct BrokenGroup: Sendable {
  var ranks: [Int]
  /// Those that have not said yet that they have left it.
  var awaited: Set<Int>
}

/// How the groups of a scheduler go on without ranks that are lost.
///
/// A lost rank costs its group what was trained since the last checkpoint. The others of the group leave it,
/// and form a new one when all have come.
extension TaskScheduler {
  /// A rank is no more.
  ///
  /// - Returns: What is to be done; nil: nothing, since no work was left for it.
  public mutating func lose(rank: Int) -> RankLoss? {
    guard lost.insert(rank).inserted else { return nil }
    forgetRefusals(of: rank)
    for (number, broken) in broken where broken.ranks.contains(rank) {
      self.broken[number]?.ranks.removeAll { $0 == rank }
      self.broken[number]?.awaited.remove(rank)
      return RankLoss(
        abandoned: [], survivors: [], task: nil, homes: formAgain(number))
    }
    guard let group = groups.values.first(where: { $0.ranks.contains(rank) }) else { return nil }
    let task = leases[group.number]?.task
    giveBack(group: group.number)
    groups[group.number] = nil
    formations += 1
    idle.remove(group.number)
    reserved[group.number] = nil
    let left = group.ranks.filter { !lost.contains($0) }
    if !left.isEmpty {
      broken[group.number] = BrokenGroup(ranks: left, awaited: Set(left))
    }
    leaveRegrouping(group.number)
    // Its ranks may be on their way out of the group before, which needs all of them.
    var abandoned = [group.number]
    var survivors = Set(left)
    if let before = previous[rank] {
      abandoned.append(before.number)
      survivors.formUnion(before.ranks.filter { !lost.contains($0) })
      moves[before.number] = nil
    }
    return RankLoss(
      abandoned: abandoned, survivors: survivors.sorted(), task: task, homes: [:])
  }

  /// A rank has left a group that is given up.
  ///
  /// - Returns: Ranks that go on now, and the group of each.
  public mutating func comes(rank: Int) -> [Int: RankGroup] {
    if let number = broken.first(where: { $0.value.ranks.contains(rank) })?.key {
      broken[number]?.awaited.remove(rank)
      return formAgain(number)
    }
    let home = groups.values.first { $0.ranks.contains(rank) }
    return home.map { [rank: $0] } ?? [:]
  }

  /// Forms a group of what is left of one, if all have come.
  private mutating func formAgain(_ number: Int) -> [Int: RankGroup] {
    guard let remains = broken[number], remains.awaited.isEmpty else { return [:] }
    broken[number] = nil
    guard !remains.ranks.isEmpty else { return [:] }
    let group = RankGroup(number: nextGroup, ranks: remains.ranks)
    nextGroup += 1
    groups[group.number] = group
    formations += 1
    for rank in group.ranks { previous[rank] = nil }
    return Dictionary(uniqueKeysWithValues: group.ranks.map { ($0, group) })
  }

  /// A task that all ranks which are left have refused is set aside.
  private mutating func forgetRefusals(of rank: Int) {
    ranks -= 1
    for task in refusals.keys { refusals[task]?.remove(rank) }
    for task in pending where ranks > 0 && refusals[task]?.count == ranks { aside.insert(task) }
    pending.removeAll { aside.contains($0) }
  }
}
