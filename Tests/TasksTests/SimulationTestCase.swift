import Tasks
import XCTest

/// What tests of whole simulated jobs share.
class SimulationTestCase: XCTestCase {
  /// Clips of each of 26 subjects, as they are spread in CASME II.
  private static let clips = [
    9, 13, 7, 5, 19, 5, 9, 3, 13, 13, 10, 12, 8, 4, 3, 4, 34, 3, 15, 11, 2, 2, 12, 8, 7, 17,
  ]

  /// Seconds of folds that take an hour: each trains on what the others have.
  func folds(_ count: Int) -> [Double] {
    (0..<count).map { 3600 * (1 - Double(Self.clips[$0 % Self.clips.count]) / 442) }
      .sorted(by: >)
  }

  /// The most ranks that a fold can use.
  static let shards = 4

  /// Runs a job, each of whose tasks must be finished exactly once.
  func simulate(
    _ work: [Double], foreseen: [Double]? = nil, ranks: Int, perFold: Int? = nil,
    machine: SimulatedCluster.Machine = .usual, looks: Double = 400,
    troubles: SimulatedCluster.Troubles? = nil
  ) throws -> SimulatedCluster {
    try simulate(
      work.indices.map { .init(TaskKey($0), work: work[$0], foreseen: foreseen?[$0]) },
      ranks: ranks, perFold: perFold, machine: machine, looks: looks, troubles: troubles)
  }

  /// The same of tasks that are more than their seconds.
  func simulate(
    _ tasks: [SimulatedCluster.Task], ranks: Int, perFold: Int? = nil,
    machine: SimulatedCluster.Machine = .usual, looks: Double = 400,
    troubles: SimulatedCluster.Troubles? = nil, estimates: Bool = false,
    earlier: [TaskKind: Double] = [:]
  ) throws -> SimulatedCluster {
    var configuration = ClusterConfiguration()
    configuration.ranksPerFold = perFold
    let layout = try RankGroups(
      worldSize: ranks, configuration, folds: tasks.count, gradientShards: Self.shards)
    let work = tasks.reduce(0) { $0 + $1.work * (1 - $1.done) }
    var cluster = SimulatedCluster(
      tasks, layout: layout, mostRanks: Self.shards,
      interval: max(1, work / Double(ranks) / looks), machine: machine, troubles: troubles,
      estimates: estimates, earlier: earlier)
    cluster.run()
    XCTAssertEqual(cluster.finished.count, tasks.count, "\(ranks) ranks")
    XCTAssertTrue(cluster.finished.values.allSatisfy { $0 == 1 }, "\(ranks) ranks")
    return cluster
  }

  /// The ideal: no rank is ever idle, and a group of n ranks is n times as fast.
  func ideal(_ work: [Double], ranks: Int) -> Double {
    max(work.reduce(0, +) / Double(ranks), (work.max() ?? 0) / Double(Self.shards))
  }
}
