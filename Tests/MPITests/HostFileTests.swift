import MPI
import TestSupport
import XCTest

final class HostFileTests: XCTestCase {
  private func read(_ text: String) throws -> HostFile {
    var hosts: HostFile?
    try withTemporaryDirectory { directory in
      let path = directory + "/hosts"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      hosts = try HostFile(path)
    }
    return try XCTUnwrap(hosts)
  }

  func testBothForms() throws {
    let hosts = try read(
      """
      # two of Open MPI's
      node1 slots=2
        node2\tslots=4 max_slots=8 # and more

      node3:3
      node4
      node1 slots=1
      """)
    XCTAssertEqual(hosts.hosts.map(\.name), ["node1", "node2", "node3", "node4"])
    XCTAssertEqual(hosts.hosts.map(\.slots), [3, 4, 3, 1])
    XCTAssertEqual(hosts.slots, 11)
    XCTAssertEqual(hosts.mostSlots, 4)
  }

  func testBadFiles() throws {
    for (text, message) in [
      (
        "node1\nnode2 slots=two\n",
        ":2: \"node2 slots=two\" is neither of the form node1 slots=2 nor node1:2"
      ),
      ("node1 slots=0", ":1: \"node1 slots=0\" is neither"),
      ("node1:", ":1: \"node1:\" is neither"),
      (":2", ":1: \":2\" is neither"), ("a:b:2", ":1: \"a:b:2\" is neither"),
      ("# none\n", ": names no host"),
      ("node1 slot=2", ":1: \"node1 slot=2\" is neither"),
      ("node1 slots=2 slots=4", ":1: \"node1 slots=2 slots=4\" is neither"),
    ] {
      let error = errorText { _ = try self.read(text) }
      XCTAssertTrue(error?.contains("/hosts" + message) == true, "\(error ?? "no error")")
    }
    XCTAssertEqual(
      errorText { _ = try HostFile("/nonexistent/hosts") },
      "/nonexistent/hosts: there is no such file")
  }
}
