import XCTest

/// Made-up data have the release's layout, and depend on the arguments alone.
final class SynthesizeTests: CommandLineTestCase {
  func testTheSameArgumentsGiveTheSameBytes() throws {
    let first = snapshot(of: try synthesize("first"))
    XCTAssertEqual(snapshot(of: try synthesize("second")), first)
    XCTAssertNotEqual(snapshot(of: try synthesize("third", seed: 2)), first)
    let table = RunFiles.table(
      try XCTUnwrap(first["combined_3_class2_for_optical_flow.csv"]))
    XCTAssertEqual(
      table.header, ["dataset", "sub", "filename_o", "label", "apex", "imagename", "sub_filename"])
    for row in table.rows {
      XCTAssertNotNil(first["STSNet_whole_norm_u_v_os/\(row[1])_\(row[2]) .png"])
    }
    XCTAssertNotNil(first["landmarks.csv"])
  }

  func testADirectoryMayEndWithASlashAndMayBeThereAndEmpty() throws {
    _ = try synthesize("plain")
    _ = try synthesize("slash/")
    try FileManager.default.createDirectory(
      atPath: path("empty"), withIntermediateDirectories: false)
    _ = try synthesize("empty/")
    XCTAssertEqual(snapshot(of: path("slash")), snapshot(of: path("plain")))
    XCTAssertEqual(snapshot(of: path("empty")), snapshot(of: path("plain")))
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch)
    XCTAssertEqual(left.filter { !$0.hasPrefix(".") }.sorted(), ["empty", "plain", "slash"])
  }
}
