import Tasks
import TestSupport
import XCTest

final class RankGroupsTests: XCTestCase {
  private func configuration(_ ranksPerFold: Int?, dedicated: Bool) -> ClusterConfiguration {
    var configuration = ClusterConfiguration()
    configuration.ranksPerFold = ranksPerFold
    configuration.dedicatedCoordinator = dedicated
    return configuration
  }

  func testEveryTrainingRankIsInExactlyOneGroup() throws {
    for world in 1...40 {
      for dedicated in world > 1 ? [false, true] : [false] {
        let first = dedicated ? 1 : 0
        for asked in [nil] + (1...world - first).map(Optional.some) {
          for shards in [1, 4, 64] where (asked ?? 1) <= shards {
            for folds in [1, 3, 68] {
              let layout = try RankGroups(
                worldSize: world, configuration(asked, dedicated: dedicated), folds: folds,
                gradientShards: shards)
              let ranks = layout.groups.flatMap(\.ranks)
              XCTAssertEqual(ranks, Array(first..<world))
              XCTAssertEqual(layout.groups.map(\.number), Array(layout.groups.indices))
              let sizes = layout.groups.map(\.ranks.count)
              XCTAssertTrue(sizes.allSatisfy { $0 > 0 && $0 <= shards })
              XCTAssertEqual(layout.isElastic, asked == nil)
              if let asked {
                XCTAssertTrue(sizes.dropLast().allSatisfy { $0 == asked })
              } else {
                XCTAssertGreaterThanOrEqual(layout.groups.count, min(folds, world - first))
              }
              for rank in 0..<world {
                let group = layout.group(of: rank)
                XCTAssertEqual(group == nil, rank < first)
                if let group { XCTAssertTrue(group.ranks.contains(rank)) }
              }
            }
          }
        }
      }
    }
  }

  func testChosenSizes() throws {
    // Ranks, folds and shards to the sizes of the groups.
    let cases: [(Int, Int, Int, [Int])] = [
      (1, 68, 4, [1]), (4, 68, 4, [1, 1, 1, 1]), (4, 2, 4, [2, 2]), (4, 1, 4, [4]),
      (8, 1, 4, [4, 1, 1, 1, 1]), (7, 2, 4, [4, 2, 1]), (16, 1, 64, [16]), (6, 1, 8, [4, 1, 1]),
      (5, 3, 4, [2, 2, 1]), (3, 2, 1, [1, 1, 1]),
    ]
    for (ranks, folds, shards, sizes) in cases {
      let layout = try RankGroups(
        worldSize: ranks, ClusterConfiguration(), folds: folds, gradientShards: shards)
      XCTAssertEqual(layout.groups.map(\.ranks.count), sizes, "\(ranks) ranks, \(folds) folds")
    }
  }

  func testIdleRanksAndUnevenGroupsAreTold() throws {
    func warnings(_ ranks: Int, _ asked: Int?, tasks: Int) throws -> [String] {
      try RankGroups(
        worldSize: ranks, configuration(asked, dedicated: false), folds: tasks, gradientShards: 4
      ).warnings(tasks: tasks)
    }
    XCTAssertEqual(try warnings(4, 2, tasks: 2), [])
    XCTAssertEqual(try warnings(4, 2, tasks: 0), [])
    XCTAssertEqual(try warnings(8, nil, tasks: 2), [])
    XCTAssertEqual(
      try warnings(9, 4, tasks: 1),
      [
        "3 groups of ranks for 1 fold: the other groups have nothing to do; start fewer ranks, or raise "
          + "cluster.ranks_per_fold or training.gradient_shards",
        "the last group has 1 of 4 ranks, so its folds take longer; a multiple of 4 ranks parts evenly",
      ])
    XCTAssertEqual(
      try warnings(9, nil, tasks: 2),
      [
        "3 groups of ranks for 2 folds: the other groups have nothing to do; start fewer ranks, or raise "
          + "training.gradient_shards"
      ])
  }

  func testWhatDoesNotFitIsRefusedWithBothNumbers() {
    func error(_ world: Int, _ asked: Int?, dedicated: Bool, shards: Int) -> String? {
      errorText {
        try RankGroups(
          worldSize: world, configuration(asked, dedicated: dedicated), folds: 5,
          gradientShards: shards)
      }
    }
    XCTAssertEqual(
      error(1, nil, dedicated: true, shards: 4),
      "cluster.dedicated_coordinator: a dedicated coordinator needs at least 2 ranks, and the job "
        + "has 1")
    XCTAssertEqual(
      error(8, 8, dedicated: false, shards: 4),
      "cluster.ranks_per_fold: 8 ranks cannot share training.gradient_shards 4: each rank needs a "
        + "shard")
    XCTAssertEqual(
      error(3, 3, dedicated: true, shards: 4),
      "cluster.ranks_per_fold: 3 ranks a fold, but the job has 2 to train with: start more ranks "
        + "(mpirun -n) or ask for fewer")
  }
}
