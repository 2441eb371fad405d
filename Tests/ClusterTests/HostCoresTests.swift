import Cluster
import Job
import XCTest

final class HostCoresTests: XCTestCase {
  private func threads(_ allowed: [Set<Int>]) -> [Int] {
    allowed.indices.map { HostCores(allowed, rank: $0).threads }
  }

  func testListsOfTheKernel() {
    XCTAssertEqual(MachineFacts.numbers(ofList: "\t0-3,8\n"), [0, 1, 2, 3, 8])
    XCTAssertEqual(MachineFacts.numbers(ofList: "5"), [5])
    XCTAssertEqual(MachineFacts.numbers(ofList: ""), [])
  }

  func testLimitsOfControlGroups() {
    XCTAssertEqual(MachineFacts.coreTime(ofLimit: "150000 100000\n"), 1.5)
    XCTAssertNil(MachineFacts.coreTime(ofLimit: "max 100000\n"))
    for text in ["", "7", "100000 0", "1 2 3"] {
      XCTAssertNil(MachineFacts.coreTime(ofLimit: text))
    }
  }

  func testBoundRanksTakeTheirOwnCores() {
    XCTAssertEqual(threads([[0], [1]]), [1, 1])
    XCTAssertEqual(threads([[0, 1, 2, 3], [4, 5, 6, 7], [8]]), [4, 4, 1])
  }

  func testUnboundRanksShareTheCoresByTheirNumber() {
    XCTAssertEqual(threads([Set(0..<2), Set(0..<2)]), [1, 1])
    XCTAssertEqual(threads([Set(0..<8)]), [8])
    // Sums of sixths and sevenths must not fall below whole numbers.
    for ranks in 1...64 {
      for cores in [1, 6, 49, 64, 128] {
        XCTAssertEqual(
          threads([Set<Int>](repeating: Set(0..<cores), count: ranks)),
          [Int](repeating: max(1, cores / ranks), count: ranks))
      }
    }
  }

  /// A container's four cores of a large host are shared, not taken by each rank.
  func testRanksShareWhatABatchSystemLeavesThem() {
    let cores: Set<Int> = [40, 41, 42, 43]
    XCTAssertEqual(threads([cores, cores]), [2, 2])
    XCTAssertEqual(HostCores([cores, cores], rank: 0).cores, 4)
    XCTAssertEqual(HostCores([cores, cores], rank: 0).ranks, 2)
  }

  func testRanksThatShareSomeCores() {
    XCTAssertEqual(threads([[0, 1, 2, 3], [2, 3]]), [3, 1])
    XCTAssertEqual(HostCores([[0, 1, 2, 3], [2, 3]], rank: 1).cores, 4)
  }

  func testWarningNamesTheHostsWithMoreThreadsThanCores() {
    func load(_ host: String, _ threads: Int) -> HostLoad {
      HostLoad(host: host, ranks: 4, threads: threads, cores: 2)
    }
    XCTAssertNil(HostLoad.warning([load("a", 1), load("b", 2)]))
    let remedy =
      ": they slow one another down; start fewer ranks a host or lower training.threads_per_rank"
    XCTAssertEqual(
      HostLoad.warning([load("a", 2), load("b", 4)]),
      "more threads than cores: 4 ranks with 4 threads on 2 cores of b" + remedy)
    XCTAssertEqual(
      HostLoad.warning((0..<6).map { load("h\($0)", 3) }),
      "more threads than cores: "
        + (0..<4).map { "4 ranks with 3 threads on 2 cores of h\($0)" }.joined(separator: ", ")
        + ", and on 2 more hosts" + remedy)
    // A container may have all cores, and little of their time.
    func container(_ cores: Double) -> HostLoad {
      HostLoad(host: "c", ranks: 1, threads: 8, cores: 8, millicores: Int(cores * 1000))
    }
    XCTAssertNil(HostLoad.warning([container(0), container(8), container(9)]))
    XCTAssertEqual(
      HostLoad.warning([container(1.5)]),
      "more threads than cores: 1 rank with 8 threads on 8 cores of c (a control group gives them the time "
        + "of 1.5)" + remedy)
  }
}
