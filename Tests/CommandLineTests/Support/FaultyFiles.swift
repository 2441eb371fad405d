import Foundation
import XCTest

/// A preloaded library that lets file operations fail, which permissions do not do to root.
enum FaultyFiles {
  /// Compiles `Tests/FaultInjection/file-faults.c`.
  ///
  /// - Returns: The library's path, in the test's own directory.
  static func build(in test: CommandLineTestCase) throws -> String {
    let source = ((#filePath as NSString).deletingLastPathComponent as NSString)
      .appendingPathComponent("../../FaultInjection/file-faults.c")
    let library = test.path("file-faults.so")
    let ended = try test.run(
      ["clang", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
    XCTAssertEqual(ended.status, 0, ended.errors)
    return library
  }

  /// An environment in which every write below a directory finds the disk full.
  static func fullDisk(_ library: String, below directory: String) -> [String: String] {
    [
      "LD_PRELOAD": library, "FAULT_DIRECTORY": directory, "FAULT_OPERATION": "write",
      "FAULT_NUMBER": "1", "FAULT_KIND": "enospc", "FAULT_STAYS": "1",
    ]
  }
}
