/// Why a job's ranks cannot be shared among folds as asked.
public struct RankGroupsError: Error, CustomStringConvertible, Equatable {
  /// The configuration key at fault.
  public let key: String
  public let reason: String
  public var description: String { "\(key): \(reason)" }
}

/// Ranks that train together.
public struct RankGroup: Sendable, Hashable, Codable {
  /// No other group of the job ever has it.
  public let number: Int
  /// In the job's order.
  public let ranks: [Int]

  public init(number: Int, ranks: [Int]) {
    self.number = number
    self.ranks = ranks
  }

  /// The rank that speaks with the coordinator.
  public var leader: Int { ranks[0] }
}

/// The groups that a job begins with.
public struct RankGroups: Sendable, Equatable, Codable {
  public let groups: [RankGroup]
  /// Whether ranks that have nothing to do may join other groups.
  public let isElastic: Bool

  /// Shares the training ranks out. A group's size never changes a result.
  ///
  /// With `ranksPerFold` every group has so many ranks, and what is left over forms a smaller one. Otherwise
  /// each fold gets as many as bring all to an end at about the same time, at most one a shard.
  ///
  /// - Throws: `RankGroupsError`.
  public init(
    worldSize: Int, _ configuration: ClusterConfiguration, folds: Int, gradientShards: Int
  ) throws {
    let first = configuration.dedicatedCoordinator ? 1 : 0
    let workers = worldSize - first
    guard workers > 0 else {
      throw RankGroupsError(
        key: "cluster.dedicated_coordinator",
        reason: "a dedicated coordinator needs at least 2 ranks, and the job has \(worldSize)")
    }
    var sizes: [Int] = []
    if let asked = configuration.ranksPerFold {
      guard asked <= gradientShards else {
        throw RankGroupsError(
          key: "cluster.ranks_per_fold",
          reason: "\(asked) ranks cannot share training.gradient_shards \(gradientShards): "
            + "each rank needs a shard")
      }
      guard asked <= workers else {
        throw RankGroupsError(
          key: "cluster.ranks_per_fold",
          reason: "\(asked) ranks a fold, but the job has \(workers) to train with: start more "
            + "ranks (mpirun -n) or ask for fewer")
      }
      sizes = stride(from: 0, to: workers, by: asked).map { min(asked, workers - $0) }
    } else {
      let tasks = (0..<folds).map {
        RankAllotment.Task(key: TaskKey(split: "\($0)"), left: 1, ranks: 0)
      }
      sizes = RankAllotment(tasks, ranks: workers, speedup: Speedup(mostRanks: gradientShards))
        .ranks.filter { $0 > 0 }.sorted(by: >)
      sizes += Array(repeating: 1, count: workers - sizes.reduce(0, +))
    }
    isElastic = configuration.ranksPerFold == nil
    var next = first
    groups = sizes.enumerated().map { number, size in
      defer { next += size }
      return RankGroup(number: number, ranks: Array(next..<next + size))
    }
  }

  /// The same groups, which stay as they are.
  public var fixed: RankGroups { RankGroups(groups: groups, isElastic: false) }

  private init(groups: [RankGroup], isElastic: Bool) {
    self.groups = groups
    self.isElastic = isElastic
  }

  /// What a user should know of the groups' sizes.
  ///
  /// - Parameters:
  ///   - tasks: How many there are to train.
  public func warnings(tasks: Int) -> [String] {
    var warnings: [String] = []
    if tasks > 0, tasks < groups.count {
      warnings.append(
        "\(groups.count) groups of ranks for \(tasks) \(tasks == 1 ? "fold" : "folds"): the other "
          + "groups have nothing to do; start fewer ranks, or raise "
          + (isElastic ? "" : "cluster.ranks_per_fold or ") + "training.gradient_shards")
    }
    if !isElastic, let first = groups.first, let last = groups.last,
      last.ranks.count < first.ranks.count
    {
      warnings.append(
        "the last group has \(last.ranks.count) of \(first.ranks.count) ranks, so its folds take "
          + "longer; a multiple of \(first.ranks.count) ranks parts evenly")
    }
    return warnings
  }

  /// The group that a rank begins in; nil for a dedicated coordinator.
  public func group(of rank: Int) -> RankGroup? { groups.first { $0.ranks.contains(rank) } }
}
