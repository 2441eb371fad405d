import MPI
import TestSupport
import XCTest

/// Where mpirun starts ranks, as its options say.
final class NamedHostsTests: XCTestCase {
  func testOptionsAndVariables() throws {
    try withTemporaryDirectory { directory in
      let (file, other) = (directory + "/hosts", directory + "/others")
      try "b slots=2\na\n".write(toFile: file, atomically: true, encoding: .utf8)
      try "c\n".write(toFile: other, atomically: true, encoding: .utf8)
      let variables = ["OMPI_MCA_orte_default_hostfile": other]
      for (arguments, variables, names, source) in [
        (["--host", "a:2,b", "-x", "V", "-H", "b,c"], [:], ["a", "b", "c"], "--host"),
        (["-hostfile", file, "--host", "a"], [:], ["a"], "--host"),
        (["-n", "2", "--hostfile", file], variables, ["b", "a"], file),
        (["--machinefile", file], [:], ["b", "a"], file), (["-n", "2"], variables, ["c"], other),
      ] as [([String], [String: String], [String], String)] {
        let hosts = NamedHosts(arguments, variables)
        XCTAssertEqual(hosts?.names, names, "\(arguments)")
        XCTAssertEqual(hosts?.source, source, "\(arguments)")
      }
      for arguments in [[], ["--host"], ["--hostfile", directory + "/none"], ["--hosts", "a"]] {
        XCTAssertNil(NamedHosts(arguments, [:]), "\(arguments)")
      }
    }
  }
}
