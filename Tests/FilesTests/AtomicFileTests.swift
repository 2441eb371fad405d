import Files
import Foundation
import TestSupport
import XCTest

final class AtomicFileTests: XCTestCase {
  func testTheDirectoryOfAPath() {
    let expected = [
      "r": ".", "run": ".", "run/": ".", "a/r": "a", "a//b": "a/", "/r": "/", "/": "/",
      "/a/b/": "/a",
    ]
    for (path, parent) in expected { XCTAssertEqual(AtomicFile.parent(of: path), parent, path) }
  }

  func testAWriteReplacesTheFileAndLeavesNothingElse() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/file"
      for text in ["old", "", String(repeating: "new", count: 100_000)] {
        try AtomicFile.write(Data(text.utf8), to: path)
        XCTAssertEqual(FileManager.default.contents(atPath: path), Data(text.utf8))
      }
      XCTAssertEqual(try names(in: directory), ["file"])
    }
  }

  func testAMissingDirectoryIsNamed() throws {
    try withTemporaryDirectory { directory in
      let text = errorText { try AtomicFile.write(Data([1]), to: directory + "/none/file") }
      XCTAssertEqual(text?.hasPrefix(directory + "/none/file"), true)
      XCTAssertEqual(text?.hasSuffix("cannot create the file: No such file or directory"), true)
      XCTAssertEqual(try names(in: directory), [])
    }
  }

  /// A limit on a file's size makes the write itself fail, as a full disk would.
  func testAWriteThatFailsHalfWayLeavesTheOldFile() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/file"
      try AtomicFile.write(Data("old".utf8), to: path)
      var old = rlimit()
      #if os(Linux)
        let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
      #else
        let resource = RLIMIT_FSIZE
      #endif
      XCTAssertEqual(getrlimit(resource, &old), 0)
      let handler = signal(SIGXFSZ, SIG_IGN)
      var small = rlimit(rlim_cur: 1 << 16, rlim_max: old.rlim_max)
      XCTAssertEqual(setrlimit(resource, &small), 0)
      defer {
        setrlimit(resource, &old)
        signal(SIGXFSZ, handler)
      }
      do {
        try AtomicFile.write(Data(count: 1 << 20), to: path)
        XCTFail("the write cannot have succeeded")
      } catch let error as FileError {
        XCTAssertEqual(error.code, EFBIG)
        XCTAssertEqual(error.operation, "write to the file")
      }
      XCTAssertEqual(FileManager.default.contents(atPath: path), Data("old".utf8))
      XCTAssertEqual(try names(in: directory), ["file"])
    }
  }

  func testARenameThatFailsLeavesNoTemporary() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/directory"
      try FileManager.default.createDirectory(
        atPath: path + "/inside", withIntermediateDirectories: true)
      let text = errorText { try AtomicFile.write(Data([1]), to: path) }
      XCTAssertEqual(text?.hasPrefix("\(path): cannot rename the finished file: "), true)
      XCTAssertEqual(try names(in: directory), ["directory"])
      XCTAssertEqual(try names(in: path), ["inside"])
    }
  }
}
