import Tasks
import XCTest

/// Whole simulated jobs on a network that makes a group slower than one rank, which nobody knows before.
final class SlowExchangeTests: SimulationTestCase {
  /// Two ranks are 0.3 times as fast as one, four 0.2 times.
  private var machine: SimulatedCluster.Machine {
    var machine = SimulatedCluster.Machine.usual
    machine.speedup = { $0 == 1 ? 1 : $0 == 2 ? 0.3 : 0.2 }
    return machine
  }

  /// Ranks without a task join the last one, are seen to make it slower, and leave it for good.
  func testTheLastTaskIsSlowForAMomentOnly() throws {
    // Of two ranks one joins the other, and they part. Of four one leaves its own task for that, before it ends.
    for (others, yields) in [(1, 2), (3, 4)] {
      let work = [600.0] + Array(repeating: 300, count: others)
      let cluster = try simulate(work, ranks: work.count, machine: machine)
      XCTAssertGreaterThan(cluster.yields, 1, "\(work.count) ranks")
      XCTAssertLessThanOrEqual(cluster.yields, yields, "\(work.count) ranks")
      // One rank would need 601 s for the last task. As it was joined until its end: 1,300 s and more.
      XCTAssertLessThan(cluster.seconds, 601 * 1.05, "\(work.count) ranks")
    }
  }

  /// The same beside other tasks, where ranks would join a long one early.
  func testALongTaskBesideOthers() throws {
    let work = [14_400] + folds(20)
    let cluster = try simulate(work, ranks: 8, machine: machine)
    XCTAssertGreaterThan(cluster.yields, 0)
    XCTAssertLessThan(cluster.seconds, 14_401 * 1.05)
  }

  func testFoldsOnAnyNumberOfRanks() throws {
    let work = folds(68)
    for ranks in [2, 7, 23, 40, 67] {
      let elastic = try simulate(work, ranks: ranks, machine: machine)
      let fixed = try simulate(work, ranks: ranks, perFold: 1, machine: machine)
      XCTAssertLessThan(elastic.seconds, fixed.seconds * 1.05, "\(ranks) ranks")
    }
  }
}
