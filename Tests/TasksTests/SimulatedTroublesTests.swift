import Tasks
import TestSupport
import XCTest

/// Whole jobs in which ranks are slow, die or fail, simulated: that nothing is lost or done twice.
final class SimulatedTroublesTests: SimulationTestCase {
  /// What the jobs have met.
  private struct Met {
    /// Ranks that are five times slower and had a task.
    var slow = 0
    var deaths = 0
    /// Deaths of such slow ranks.
    var slowDeaths = 0
    var troubles = 0

    mutating func add(_ cluster: SimulatedCluster, _ machine: SimulatedCluster.Machine) {
      let slow = cluster.trained.filter { machine.speed($0) == SimulatedCluster.Machine.slow }
      self.slow += slow.count
      deaths += cluster.dead.count
      slowDeaths += slow.intersection(cluster.dead).count
      troubles += cluster.troubled
    }
  }

  /// By the thousand: ranks that die at any moment, and others that are slow.
  func testDeaths() throws {
    var random = SeededGenerator(seed: 21)
    var met = Met()
    for round in 0..<80 {
      let work = folds(Int.random(in: 1...90, using: &random))
      let ranks = Int.random(in: 2...120, using: &random)
      let machine = SimulatedCluster.Machine.stragglers(seed: UInt64(round))
      let cluster = try simulate(
        work, ranks: ranks, perFold: round % 3 == 0 ? min(ranks, round % 4 + 1) : nil,
        machine: machine, looks: 200,
        troubles: .init(
          seed: UInt64(round), perLease: round % 2 == 0 ? 0 : 0.1, deaths: ranks * 3 / 4))
      met.add(cluster, machine)
    }
    XCTAssertGreaterThan(met.slow, 1000)
    XCTAssertGreaterThan(met.deaths, 1000)
    XCTAssertGreaterThan(met.slowDeaths, 500)
  }

  /// By the thousand: groups that give their task back, cannot read or save its state, or fall over it, with
  /// slow ranks among them.
  func testTroubles() throws {
    var random = SeededGenerator(seed: 12)
    var met = Met()
    for round in 0..<60 {
      let work = folds(Int.random(in: 1...90, using: &random))
      let ranks = Int.random(in: 1...120, using: &random)
      let machine = SimulatedCluster.Machine.stragglers(seed: UInt64(round))
      let cluster = try simulate(
        work, ranks: ranks, machine: machine, looks: 200,
        troubles: .init(seed: UInt64(round), perLease: 0.3))
      met.add(cluster, machine)
    }
    XCTAssertGreaterThan(met.troubles, 1000)
    XCTAssertGreaterThan(met.slow, 1000)
  }

  /// The same with more ranks than the folds can use.
  func testDeathsAmongManyRanks() throws {
    let machine = SimulatedCluster.Machine.stragglers(seed: 5)
    let cluster = try simulate(
      folds(2000), ranks: 10_000, machine: machine, looks: 5,
      troubles: .init(seed: 5, perLease: 0.05, deaths: 1500))
    var met = Met()
    met.add(cluster, machine)
    XCTAssertGreaterThan(met.slow, 2000)
    XCTAssertGreaterThan(met.deaths, 1000)
  }
}
