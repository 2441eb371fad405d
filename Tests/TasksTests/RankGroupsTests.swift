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
              let ranks = layout.groups.flatMap(Array.init)
              XCTAssertEqual(ranks, Array(first..<world))
              XCTAssertTrue(layout.groups.allSatisfy { !$0.isEmpty && $0.count <= shards })
              if let asked {
                XCTAssertTrue(layout.groups.dropLast().allSatisfy { $0.count == asked })
              } else {
                XCTAssertGreaterThanOrEqual(layout.groups.count, min(folds, world - first))
              }
              for rank in 0..<world {
                let group = layout.group(of: rank)
                XCTAssertEqual(group == nil, rank < first)
                if let group { XCTAssertTrue(layout.groups[group].contains(rank)) }
              }
            }
          }
        }
      }
    }
  }

  func testChosenSizes() throws {
    // (ranks, folds, shards) to ranks a group.
    let cases = [
      (1, 68, 4, 1), (4, 68, 4, 1), (4, 2, 4, 2), (4, 1, 4, 4), (8, 1, 4, 4), (7, 2, 4, 2),
      (16, 1, 64, 16), (6, 1, 8, 4),
    ]
    for (ranks, folds, shards, size) in cases {
      let layout = try RankGroups(
        worldSize: ranks, ClusterConfiguration(), folds: folds, gradientShards: shards)
      XCTAssertEqual(layout.groups[0].count, size, "\(ranks) ranks, \(folds) folds")
    }
  }

  func testIdleRanksAndUnevenGroupsAreTold() {
    XCTAssertEqual(RankGroups(groups: [0..<2, 2..<4]).warnings(tasks: 2), [])
    XCTAssertEqual(RankGroups(groups: [0..<2, 2..<4]).warnings(tasks: 0), [])
    XCTAssertEqual(
      RankGroups(groups: [0..<4, 4..<8, 8..<9]).warnings(tasks: 1),
      [
        "3 groups of ranks for 1 fold: the other groups have nothing to do; start fewer ranks, or raise "
          + "cluster.ranks_per_fold or training.gradient_shards",
        "the last group has 1 of 4 ranks, so its folds take longer; a multiple of 4 ranks parts evenly",
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
