import HTNetModel
import Kernels
import Safetensors
import XCTest

/// The published model's own numbers, computed in float64, against the engine.
final class ReferenceTests: XCTestCase {
  static func fixture(_ name: String) throws -> SafetensorsFile {
    let url = try XCTUnwrap(
      Bundle.module.url(
        forResource: name, withExtension: "safetensors", subdirectory: "Fixtures"))
    return try SafetensorsFile(path: url.path)
  }

  func testTheThreeReferenceFilesPass() throws {
    for name in ["one-level-seq16", "two-level-seq4", "paper-shape-dim24"] {
      for threads in [1, 2] {
        let check = try ReferenceCheck(
          Self.fixture(name), context: CPUBackend(threads: threads))
        let rows = try check.run()
        XCTAssertGreaterThanOrEqual(rows.count, 5)
        for row in rows {
          print(name, row.quantity, row.worst, row.error)
          XCTAssertTrue(
            row.passes, "\(name): \(row.quantity) \(row.worst) \(row.error) > \(row.tolerance)")
        }
      }
    }
  }
}
