import Files
import Foundation
import TestSupport
import XCTest

final class GrowingFileTests: XCTestCase {
  func testAFileIsBroughtUpToDateWhateverItHeld() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/a/b/file"
      let wanted = Data("one\ntwo\nthree\n".utf8)
      for syncs in [false, true] {
        for there in ["", "one\ntw", "one\ntwo\nthree\n", "one\nTWO\nthree\nfour\n", "x"] {
          try GrowingFile.bring(path, to: Data(there.utf8), syncs: false)
          try GrowingFile.bring(path, to: wanted, syncs: syncs)
          XCTAssertEqual(FileManager.default.contents(atPath: path), wanted, there)
        }
      }
      XCTAssertEqual(try names(in: directory + "/a/b"), ["file"])
    }
  }

  /// TensorBoard, which has the file open, must see what is added.
  func testTheFileStaysTheSame() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/file"
      try GrowingFile.bring(path, to: Data("one\ntwo\n".utf8), syncs: false)
      let reader = try XCTUnwrap(FileHandle(forReadingAtPath: path))
      try GrowingFile.bring(path, to: Data("one\n2\n".utf8), syncs: false)
      try GrowingFile.append(Data("3\n".utf8), to: path, at: 6)
      XCTAssertEqual(try reader.readToEnd(), Data("one\n2\n3\n".utf8))
    }
  }

  func testNothingIsAddedToAFileThatSomebodyChanged() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/file"
      XCTAssertNotNil(errorText { try GrowingFile.append(Data([1]), to: path, at: 0) })
      try GrowingFile.bring(path, to: Data("one\n".utf8), syncs: false)
      for offset in [0, 3, 5] {
        XCTAssertEqual(
          errorText { try GrowingFile.append(Data("two\n".utf8), to: path, at: offset) },
          "\(path): was changed by somebody else")
      }
      XCTAssertEqual(FileManager.default.contents(atPath: path), Data("one\n".utf8))
    }
  }

  /// Opening a pipe that nobody reads would wait.
  func testWhatIsNoFileIsRefused() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/pipe"
      XCTAssertEqual(mkfifo(path, 0o644), 0)
      XCTAssertEqual(
        errorText { try GrowingFile.bring(path, to: Data("1\n".utf8), syncs: false) },
        "\(path): is a pipe, not a file")
      XCTAssertNotNil(errorText { try GrowingFile.append(Data("1\n".utf8), to: path, at: 0) })
      let reader = open(path, O_RDONLY | O_NONBLOCK)
      defer { close(reader) }
      XCTAssertEqual(
        errorText { try GrowingFile.append(Data("1\n".utf8), to: path, at: 0) },
        "\(path): is a pipe, not a file")
    }
  }
}
