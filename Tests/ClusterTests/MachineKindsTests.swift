import Cluster
import XCTest

final class MachineKindsTests: XCTestCase {
  func testHostsOfAnotherKindAreNamed() {
    let one = MachineKinds(
      hosts: ["a", "a", "b"], machines: ["X, avx512", "X, avx512", "X, avx512"])
    XCTAssertTrue(one.isOne)
    XCTAssertNil(one.warning)
    let promise = ": the same bits are promised for one kind only, and no rank joins another group"
    let two = MachineKinds(
      hosts: ["a", "b", "b", "a"], machines: ["X, avx512", "X, avx2", "X, avx2", "X, avx512"])
    XCTAssertFalse(two.isOne)
    XCTAssertEqual(
      two.warning,
      "other kinds of machine than rank 0's host a (X, avx512): b (X, avx2)" + promise)
    let many = MachineKinds(
      hosts: (0..<7).map { "h\($0)" }, machines: ["X"] + (1..<7).map { "Y\($0)" })
    XCTAssertEqual(
      many.warning,
      "other kinds of machine than rank 0's host h0 (X): h1 (Y1), h2 (Y2), h3 (Y3), h4 (Y4) and 2 more "
        + "hosts" + promise)
  }
}
