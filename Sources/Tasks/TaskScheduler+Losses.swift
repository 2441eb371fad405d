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

/// What is left of a group that is given up, until it becomes one again.
struct BrokenGroup: Sendable {
  var ranks: [Int]
  /// Those that have not said yet that they have left it.
  var awaited: Set<Int>
  /// What it trained. Nobody gets it before all have come, since they may still write its checkpoints.
  let task: TaskKey?
}

/// How the groups of a scheduler go on without ranks that are lost.
///
/// A lost rank costs its group what was trained since the last checkpoint. The others of the group leave it,
/// and form a new one when all have come.
extension TaskScheduler {
  /// Ranks that are to leave a group which is given up, and have not said so.
  public var awaited: Set<Int> { broken.values.reduce(into: []) { $0.formUnion($1.awaited) } }

  /// A rank is no more.
  ///
  /// - Returns: What is to be done; nil: nothing, since no work was left for it.
  public mutating func lose(rank: Int) -> RankLoss? {
    guard lost.insert(rank).inserted else { return nil }
    ranks -= 1
    for task in refusals.keys { refusals[task]?.remove(rank) }
    defer { setAsideWhatNobodyMayTrain() }
    // It may have been on its way out of the group before, which needs all of its ranks.
    var abandoned: [Int] = []
    var survivors: Set<Int> = []
    if let before = previous[rank] {
      abandoned.append(before.number)
      survivors.formUnion(before.ranks)
      moves[before.number] = nil
    }
    var task: TaskKey?
    var homes: [Int: RankGroup] = [:]
    if let number = broken.first(where: { $0.value.ranks.contains(rank) })?.key {
      broken[number]?.ranks.removeAll { $0 == rank }
      broken[number]?.awaited.remove(rank)
      homes = formAgain(number)
    } else if let group = groups.values.first(where: { $0.ranks.contains(rank) }) {
      task = breakUp(group)
      abandoned.insert(group.number, at: 0)
      survivors.formUnion(group.ranks)
    } else {
      return nil
    }
    return RankLoss(
      abandoned: abandoned, survivors: survivors.subtracting(lost).sorted(), task: task,
      homes: homes)
  }

  /// - Returns: What the group trained.
  private mutating func breakUp(_ group: RankGroup) -> TaskKey? {
    let number = group.number
    let task = leases.removeValue(forKey: number)?.task
    groups[number] = nil
    formations += 1
    idle.remove(number)
    reserved[number] = nil
    let left = group.ranks.filter { !lost.contains($0) }
    broken[number] = BrokenGroup(ranks: left, awaited: Set(left), task: task)
    _ = formAgain(number)
    leaveRegrouping(number)
    return task
  }

  /// A rank has left a group that is given up.
  ///
  /// - Returns: Ranks that go on now, and the group of each.
  public mutating func comes(rank: Int) -> [Int: RankGroup] {
    defer { setAsideWhatNobodyMayTrain() }
    if let number = broken.first(where: { $0.value.ranks.contains(rank) })?.key {
      broken[number]?.awaited.remove(rank)
      return formAgain(number)
    }
    let home = groups.values.first { $0.ranks.contains(rank) }
    return home.map { [rank: $0] } ?? [:]
  }

  /// Forms a group of what is left of one, if all have come; its task is the next to be leased.
  private mutating func formAgain(_ number: Int) -> [Int: RankGroup] {
    guard let remains = broken[number], remains.awaited.isEmpty else { return [:] }
    broken[number] = nil
    if let task = remains.task { pending.append(task) }
    guard !remains.ranks.isEmpty else { return [:] }
    let group = RankGroup(number: nextGroup, ranks: remains.ranks)
    nextGroup += 1
    groups[group.number] = group
    formations += 1
    for rank in group.ranks { previous[rank] = nil }
    return Dictionary(uniqueKeysWithValues: group.ranks.map { ($0, group) })
  }

  /// Sets tasks aside that all ranks which are left have refused.
  private mutating func setAsideWhatNobodyMayTrain() {
    guard ranks > 0 else { return }
    for task in pending where refusals[task]?.count == ranks { aside.insert(task) }
    pending.removeAll { aside.contains($0) }
  }
}
