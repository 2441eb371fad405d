import Foundation
import Tasks
import TestSupport
import XCTest

/// Whole jobs, simulated: that no rank's time is wasted, and that nothing is lost or done twice.
final class SimulationTests: XCTestCase {
  /// Clips of each of 26 subjects, as they are spread in CASME II.
  private static let clips = [
    9, 13, 7, 5, 19, 5, 9, 3, 13, 13, 10, 12, 8, 4, 3, 4, 34, 3, 15, 11, 2, 2, 12, 8, 7, 17,
  ]

  /// Seconds of folds that take an hour: each trains on what the others have.
  private func folds(_ count: Int) -> [Double] {
    (0..<count).map { 3600 * (1 - Double(Self.clips[$0 % Self.clips.count]) / 442) }
      .sorted(by: >)
  }

  private func simulate(
    _ work: [Double], ranks: Int, perFold: Int? = nil, machine: SimulatedCluster.Machine,
    looks: Double = 400
  ) throws -> SimulatedCluster {
    var configuration = ClusterConfiguration()
    configuration.ranksPerFold = perFold
    let shards = 4
    let layout = try RankGroups(
      worldSize: ranks, configuration, folds: work.count, gradientShards: shards)
    var cluster = SimulatedCluster(
      work: work, layout: layout, mostRanks: shards,
      interval: max(1, work.reduce(0, +) / Double(ranks) / looks), machine: machine)
    cluster.run()
    XCTAssertEqual(cluster.finished.count, work.count)
    XCTAssertTrue(cluster.finished.values.allSatisfy { $0 == 1 })
    return cluster
  }

  /// A second to save the state, and one to go on.
  private var machine: SimulatedCluster.Machine {
    var machine = SimulatedCluster.Machine()
    machine.yielding = 1
    machine.beginning = 1
    return machine
  }

  /// The ideal: no rank is ever idle, and a group of n ranks is n times as fast.
  private func ideal(_ work: [Double], ranks: Int) -> Double {
    max(work.reduce(0, +) / Double(ranks), (work.max() ?? 0) / 4)
  }

  func testFoldsOnAnyNumberOfRanks() throws {
    let work = folds(68)
    for ranks in 1...272 {
      let cluster = try simulate(work, ranks: ranks, machine: machine)
      XCTAssertGreaterThan(ideal(work, ranks: ranks) / cluster.seconds, 0.97, "\(ranks) ranks")
    }
  }

  /// What groups of one rank that stay as they are lose on 16 ranks.
  func testFixedGroups() throws {
    let work = folds(68)
    let cluster = try simulate(work, ranks: 16, perFold: 1, machine: machine)
    XCTAssertEqual(ideal(work, ranks: 16) / cluster.seconds, 0.86, accuracy: 0.02)
    XCTAssertEqual(cluster.yields, 0)
  }

  /// Ranks of many speeds, and groups that are less than n times as fast, which nobody knows before.
  func testStragglers() throws {
    var machine = machine
    machine.speed = { 0.6 + 0.4 * Double($0 * 7919 % 101) / 100 }
    machine.speedup = { 1 + 0.7 * Double($0 - 1) }
    for ranks in [7, 23, 40, 67, 90, 200] {
      let work = folds(68)
      let elastic = try simulate(work, ranks: ranks, machine: machine)
      let fixed = try simulate(work, ranks: ranks, perFold: 1, machine: machine)
      XCTAssertLessThan(elastic.seconds, fixed.seconds * 1.02, "\(ranks) ranks")
    }
  }

  func testManyRanks() throws {
    let work = folds(10_000)
    let cluster = try simulate(work, ranks: 100_000, machine: machine, looks: 40)
    XCTAssertGreaterThan(ideal(work, ranks: 100_000) / cluster.seconds, 0.97)
  }

  /// By the thousand: ranks that die at any moment.
  func testDeaths() throws {
    var random = SeededGenerator(seed: 21)
    var deaths = 0
    for round in 0..<80 {
      let work = folds(Int.random(in: 1...90, using: &random))
      let ranks = Int.random(in: 2...120, using: &random)
      var configuration = ClusterConfiguration()
      configuration.ranksPerFold = round % 3 == 0 ? min(ranks, round % 4 + 1) : nil
      let layout = try RankGroups(
        worldSize: ranks, configuration, folds: work.count, gradientShards: 4)
      var cluster = SimulatedCluster(
        work: work, layout: layout, mostRanks: 4, interval: 5, machine: machine,
        troubles: .init(
          seed: UInt64(round), perLease: round % 2 == 0 ? 0 : 0.1, deaths: ranks * 3 / 4))
      cluster.run()
      deaths += cluster.died
      XCTAssertEqual(cluster.finished.count, work.count, "round \(round)")
      XCTAssertTrue(cluster.finished.values.allSatisfy { $0 == 1 })
    }
    XCTAssertGreaterThan(deaths, 1000)
  }

  /// By the thousand: groups that give their task back, cannot read or save its state, or fall over it.
  func testTroubles() throws {
    var random = SeededGenerator(seed: 12)
    var troubles = 0
    for round in 0..<60 {
      let work = folds(Int.random(in: 1...90, using: &random))
      let ranks = Int.random(in: 1...120, using: &random)
      let layout = try RankGroups(
        worldSize: ranks, ClusterConfiguration(), folds: work.count, gradientShards: 4)
      var cluster = SimulatedCluster(
        work: work, layout: layout, mostRanks: 4, interval: 5, machine: machine,
        troubles: .init(seed: UInt64(round), perLease: 0.3))
      cluster.run()
      troubles += cluster.troubled
      XCTAssertEqual(cluster.finished.count, work.count)
      XCTAssertTrue(cluster.finished.values.allSatisfy { $0 == 1 })
    }
    XCTAssertGreaterThan(troubles, 1000)
  }
}
