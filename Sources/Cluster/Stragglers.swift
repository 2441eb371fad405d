import Tasks

/// Which ranks slow the job down, and by what; a value without clock or messages.
///
/// A rank's computing is compared with that of the others at steps of the same kind: of one setting, and of
/// as many shards a rank. So neither another model nor a larger group makes a rank look slow. Nothing is
/// said of a rank as long as fewer than two others have taken such steps (one, in a job of two).
///
/// A rank is judged when it has taken steps itself, and each of its paces beside those that the others had then:
/// what it took before it was stopped says nothing beside the steps of others that have its cores meanwhile.
///
/// All ranks of a group wait for the slowest, so how long a rank waits says nothing of itself. That its
/// messages are slow is seen where the others have everybody's weights but its own: they began to
/// send them together. Between two ranks nobody can tell whose messages are slow.
package struct Stragglers {
  package enum Cause: Equatable {
    /// Its own computing takes so many times as long.
    case computing
    /// Steps take at least so many times as long as if the others did not wait for its messages.
    case exchange
  }

  package enum Finding: Equatable {
    case slow(rank: Int, factor: Double, cause: Cause)
    /// A rank that was found slow is no more.
    case ordinary(rank: Int)
  }

  fileprivate struct Kind: Hashable {
    let setting: String?
    let isInner: Bool
    let shards: Int
  }

  /// A rank's steps of one kind, enough of them to count.
  fileprivate struct Pace {
    /// Microseconds of computing a sample.
    let computing: Double
    /// How many times as long as without its delay its steps take.
    let delay: Double
    /// The others' computing when it was taken; nil: too few had taken such steps.
    var others: Double?

    init(_ sums: RankTimes) {
      computing = Double(sums.computing) / Double(max(sums.samples, 1))
      let (all, delay) = (Double(sums.elapsed), Double(sums.delaying))
      self.delay = all / max(all - delay, all / 100)
    }
  }

  fileprivate struct Rank {
    /// Of the steps that are not enough yet.
    var kind: Kind?
    var open: RankTimes?
    /// The last two of each kind, the newest last.
    var paces: [Kind: [Pace]] = [:]
    /// With which it was reported; nil: it was not, or is ordinary again.
    var reported: Double?
  }

  /// From which factor on a rank's computing is slow, and below which it is ordinary again.
  private static let (slow, ordinary) = (1.5, 1.25)
  /// The same for its messages. The wait is known of one of a step's two exchanges; the other is as large.
  private static let (late, punctual) = (1.25, 1.1)
  /// How many times as slow it must have become to be reported again.
  private static let worse = 2.0
  /// Steps, and microseconds of them, that make a pace: fewer say nothing on a busy machine.
  fileprivate static let (steps, microseconds) = (10, 5_000_000)

  private var ranks: [Int: Rank] = [:]
  /// Ranks that train.
  private var count: Int
  /// Others with whom a rank must be compared.
  private var fewest: Int { min(2, count - 1) }

  /// - Parameter count: Ranks that train.
  package init(count: Int) { self.count = count }

  /// A rank that trains is no part of the job any more: nothing is said of it, and nobody is compared with it.
  package mutating func lose(rank: Int) {
    ranks[rank] = nil
    count -= 1
  }

  /// A rank has taken some steps of a task.
  ///
  /// - Returns: What is new of it; nil: nothing.
  package mutating func add(_ times: RankTimes, of task: TaskKey) -> Finding? {
    let kind = Kind(setting: task.setting, isInner: task.inner != nil, shards: times.shards)
    guard times.steps > 0, var pace = ranks[times.rank, default: Rank()].add(times, kind) else {
      return nil
    }
    pace.others = others(than: times.rank, kind)
    let before = ranks[times.rank]?.paces[kind] ?? []
    ranks[times.rank]?.paces[kind] = before.suffix(1) + [pace]
    return fewest > 0 ? judge(times.rank, kind) : nil
  }

  /// The median of the other ranks' computing, by their newest paces; nil: too few have taken such steps.
  private func others(than number: Int, _ kind: Kind) -> Double? {
    let paces = ranks.compactMap { $0.key == number ? nil : $0.value.paces[kind]?.last?.computing }
      .sorted()
    // Of an even number the slower of the two in the middle: rather silent than wrong.
    return paces.count >= max(fewest, 1) ? paces[paces.count / 2] : nil
  }

  private mutating func judge(_ number: Int, _ kind: Kind) -> Finding? {
    guard let rank = ranks[number], let mine = rank.paces[kind], mine.count == 2 else { return nil }
    let delays = mine.map(\.delay)
    // Beside its first pace there may have been none.
    let factors =
      mine[1].others.map { now in mine.map { $0.computing / max($0.others ?? now, 1e-3) } } ?? []
    let computing = factors.min() ?? 0
    let delay = delays.min() ?? 0
    if computing >= Self.slow || delay >= Self.late {
      let cause: Cause = computing >= Self.slow ? .computing : .exchange
      let factor = cause == .computing ? computing : delay
      if let reported = rank.reported, factor < Self.worse * reported { return nil }
      ranks[number]?.reported = factor
      return .slow(rank: number, factor: factor, cause: cause)
    }
    guard rank.reported != nil, let most = factors.max(), most < Self.ordinary,
      delays.allSatisfy({ $0 < Self.punctual })
    else { return nil }
    ranks[number]?.reported = nil
    return .ordinary(rank: number)
  }
}

extension Stragglers.Rank {
  /// - Returns: The pace, if these steps complete one.
  fileprivate mutating func add(_ times: RankTimes, _ kind: Stragglers.Kind) -> Stragglers.Pace? {
    if self.kind != kind { open = nil }
    self.kind = kind
    var sums = open ?? RankTimes(rank: times.rank, shards: times.shards)
    sums += times
    open = sums
    guard sums.steps >= Stragglers.steps,
      sums.elapsed >= Stragglers.microseconds
    else { return nil }
    open = nil
    return Stragglers.Pace(sums)
  }
}
