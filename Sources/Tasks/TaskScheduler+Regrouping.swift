/// What is known of the time that is left, for an elastic scheduler.
public struct Outlook: Sendable {
  /// Seconds that one rank would need for what is left of each task that is not done.
  public let left: [TaskKey: Double]
  public let speedup: Speedup
  /// Seconds that a group loses when it is asked to yield, until its task goes on with another one.
  public let cost: Double

  public init(left: [TaskKey: Double], speedup: Speedup, cost: Double) {
    self.left = left
    self.speedup = speedup
    self.cost = cost
  }
}

/// A change of groups that is under way: some have been asked to yield, and the ranks of all that have come
/// will be shared out anew.
struct Regrouping: Sendable {
  /// All whose ranks take part.
  var groups: Set<Int>
  /// Those of them that have not come yet.
  var awaited: Set<Int>
  /// What the ranks are for, and how many each task shall get.
  let wishes: [(task: TaskKey, ranks: Int)]
  /// Those of the wishes.
  let tasks: Set<TaskKey>
  /// Who led the group of a task that yields: what it wrote it is sure to see.
  var leaders: [TaskKey: Int] = [:]

  init(groups: Set<Int>, wishes: [(task: TaskKey, ranks: Int)]) {
    self.groups = groups
    awaited = groups
    self.wishes = wishes
    tasks = Set(wishes.map(\.task))
  }
}

/// How the groups of an elastic scheduler follow the tasks.
///
/// While there are many more tasks than ranks, each group takes one after the other. At the end `regroup`
/// shares the ranks out as `RankAllotment` says: it asks groups to yield, which save their task's state
/// and come back, and forms new groups of them and of the idle ones.
extension TaskScheduler {
  /// Tasks a rank from which on groups stay as they are.
  private static let manyTasks = 2
  /// How often the seconds that a group loses must be contained in those that are gained.
  private static let leastReturn = 2.0
  /// The same against the seconds that are left.
  private static let leastGain = 0.01

  /// Whether groups may change at all now, so that it is worth while to look at the time that is left.
  public var mayRegroup: Bool {
    isElastic && !isStopping && regrouping == nil && moves.isEmpty && reserved.isEmpty
      && broken.isEmpty
      && leases.count + pending.count <= Self.manyTasks * ranks
  }

  /// Changes the groups if that brings the end nearer; nothing changes while a change is under way.
  ///
  /// - Parameter now: Seconds of any clock that nobody sets.
  /// - Returns: The leases that are to yield, by group.
  public mutating func regroup(_ outlook: Outlook, at now: Double) -> [Int: Lease] {
    guard mayRegroup, regroupedAt.map({ now - $0 > outlook.cost }) ?? true else { return [:] }
    let running = leases.sorted { $0.key < $1.key }
    let tasks =
      running.map { group, lease in
        RankAllotment.Task(
          key: lease.task, left: outlook.left[lease.task] ?? 0,
          ranks: groups[group]?.ranks.count ?? 0)
      }
      + pending.reversed().map {
        RankAllotment.Task(key: $0, left: outlook.left[$0] ?? 0, ranks: 0)
      }
    let allotment = RankAllotment(tasks, ranks: ranks, speedup: outlook.speedup)
    guard allotment.isPressing else { return [:] }
    let stay = secondsLeft(tasks, outlook)
    guard
      stay - allotment.seconds > max(Self.leastReturn * outlook.cost, Self.leastGain * stay)
    else { return [:] }
    var yielding: [Int: Lease] = [:]
    var wishes: [(task: TaskKey, ranks: Int)] = []
    for (index, task) in tasks.enumerated() where allotment.ranks[index] != task.ranks {
      if index < running.count { yielding[running[index].key] = running[index].value }
      if allotment.ranks[index] > 0 { wishes.append((task.key, allotment.ranks[index])) }
    }
    // One that has not asked yet comes too, unless there is something else for it.
    let free =
      pending.isEmpty ? Set(groups.keys.filter { leases[$0] == nil }) : idle
    let taking = free.union(yielding.keys)
    let pool = taking.flatMap { groups[$0]?.ranks ?? [] }
    // Nobody yields for a task that none of these ranks may train.
    guard !wishes.isEmpty, !taking.isEmpty,
      wishes.allSatisfy({ wish in
        refusals[wish.task] == nil || pool.contains { mayTrain(wish.task, [$0]) }
      })
    else { return [:] }
    // The longest is the next to be leased; of equals the one that was.
    pending = pending.enumerated()
      .sorted {
        (outlook.left[$0.element] ?? 0, $0.offset) < (outlook.left[$1.element] ?? 0, $1.offset)
      }
      .map(\.element)
    var change = Regrouping(groups: taking, wishes: wishes)
    for (group, lease) in yielding { change.leaders[lease.task] = groups[group]?.leader }
    regrouping = change
    regroupedAt = now
    return yielding
  }

  /// Seconds until all tasks are done if the groups stay as they are.
  private func secondsLeft(_ tasks: [RankAllotment.Task], _ outlook: Outlook) -> Double {
    var free = leases.sorted { $0.key < $1.key }.enumerated().map { index, entry in
      let ranks = groups[entry.key]?.ranks.count ?? 1
      return (seconds: tasks[index].left / outlook.speedup(ranks), speed: outlook.speedup(ranks))
    }
    free += idle.map { (0.0, outlook.speedup(groups[$0]?.ranks.count ?? 1)) }
    for task in tasks.dropFirst(leases.count) {
      guard let next = free.indices.min(by: { free[$0].seconds < free[$1].seconds }) else { break }
      free[next].seconds += task.left / free[next].speed
    }
    return free.map(\.seconds).max() ?? 0
  }

  /// A group could not save its task's state, and trains on: no further change begins, and one under way
  /// goes on without this group.
  public mutating func keep(group: Int) {
    isElastic = false
    guard regrouping?.awaited.contains(group) == true else { return }
    leaveRegrouping(group)
  }

  /// A change that is under way goes on without a group.
  mutating func leaveRegrouping(_ group: Int) {
    regrouping?.groups.remove(group)
    regrouping?.awaited.remove(group)
    formGroupsIfAllHaveCome()
  }

  /// A group that takes part in a change asks for work.
  ///
  /// - Returns: Whether all have come, so that the new groups are known.
  mutating func arrives(_ group: Int) -> Bool {
    regrouping?.awaited.remove(group)
    formGroupsIfAllHaveCome()
    return regrouping == nil
  }

  private mutating func formGroupsIfAllHaveCome() {
    guard let change = regrouping, change.awaited.isEmpty else { return }
    regrouping = nil
    guard !change.groups.isEmpty else { return }
    var free = change.groups.flatMap { groups[$0]?.ranks ?? [] }.sorted()[...]
    var formed: [RankGroup] = []
    func form(_ ranks: [Int]) -> RankGroup {
      defer { nextGroup += 1 }
      return RankGroup(number: nextGroup, ranks: ranks)
    }
    let waiting = Set(pending)
    let wishes = change.wishes.filter { waiting.contains($0.task) }
    let present = Set(free)
    let leaders = change.leaders.filter { task, leader in
      waiting.contains(task) && change.tasks.contains(task) && present.contains(leader)
    }
    let leading = Set(leaders.values)
    free = free.filter { !leading.contains($0) }[...]
    for wish in wishes {
      if refusals[wish.task] != nil {
        // Those who may come first.
        let able = free.filter { mayTrain(wish.task, [$0]) }
        free = (able + free.filter { !mayTrain(wish.task, [$0]) })[...]
      }
      let leader = leaders[wish.task].map { [$0] } ?? []
      let able = free.prefix(wish.ranks).prefix { mayTrain(wish.task, [$0]) }.count + leader.count
      // A task that is done meanwhile leaves ranks over, and a refusal takes some away.
      var size = 1
      while size * 2 <= min(wish.ranks, able) { size *= 2 }
      guard able > 0 else { continue }
      let group = form(leader + free.prefix(size - leader.count).sorted())
      free = free.dropFirst(size - leader.count)
      reserved[group.number] = wish.task
      formed.append(group)
    }
    formed += free.sorted().map { form([$0]) }
    let homes = Dictionary(
      uniqueKeysWithValues: formed.flatMap { group in group.ranks.map { ($0, group) } })
    for old in change.groups {
      guard let group = groups.removeValue(forKey: old) else { continue }
      idle.remove(old)
      for rank in group.ranks { previous[rank] = group }
      moves[old] = Set(group.ranks.compactMap { homes[$0] }).sorted { $0.number < $1.number }
    }
    for group in formed { groups[group.number] = group }
    formations += 1
  }
}
