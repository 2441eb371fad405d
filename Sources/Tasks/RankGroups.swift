/// Why a job's ranks cannot be shared among folds as asked.
public struct RankGroupsError: Error, CustomStringConvertible, Equatable {
  /// The configuration key at fault.
  public let key: String
  public let reason: String
  public var description: String { "\(key): \(reason)" }
}

/// Which ranks of a job train together.
public struct RankGroups: Sendable, Equatable {
  /// The ranks of each group; the first of a group is its leader.
  public let groups: [Range<Int>]

  /// A layout that another rank has made.
  public init(groups: [Range<Int>]) { self.groups = groups }

  /// Cuts the training ranks into groups of `ranksPerFold`; what is left over forms a smaller group,
  /// since a group's size never changes a result.
  ///
  /// Chosen automatically, a group is one rank as long as there are folds for all, then the largest
  /// power of two that still keeps every rank busy, at most one rank a shard.
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
    let size: Int
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
      size = asked
    } else {
      var power = 1
      while power * 2 <= min(gradientShards, workers / max(folds, 1)) { power *= 2 }
      size = power
    }
    groups = stride(from: first, to: worldSize, by: size).map {
      $0..<min($0 + size, worldSize)
    }
  }

  /// What a user should know of the groups' sizes.
  ///
  /// - Parameter tasks: How many there are to train.
  public func warnings(tasks: Int) -> [String] {
    var warnings: [String] = []
    if tasks > 0, tasks < groups.count {
      warnings.append(
        "\(groups.count) groups of ranks for \(tasks) \(tasks == 1 ? "fold" : "folds"): the other "
          + "groups have nothing to do; start fewer ranks, or raise cluster.ranks_per_fold or "
          + "training.gradient_shards")
    }
    if let first = groups.first, let last = groups.last, last.count < first.count {
      warnings.append(
        "the last group has \(last.count) of \(first.count) ranks, so its folds take longer; a "
          + "multiple of \(first.count) ranks parts evenly")
    }
    return warnings
  }

  /// The number of the group that a rank belongs to; nil for a dedicated coordinator.
  public func group(of rank: Int) -> Int? { groups.firstIndex { $0.contains(rank) } }
}
