import Files
import Foundation
import TestSupport
import XCTest

final class OpenFileTests: XCTestCase {
  func testWhatStandsAtAPath() throws {
    try withTemporaryDirectory { directory in
      let file = directory + "/file"
      try AtomicFile.write(Data([1]), to: file)
      XCTAssertEqual(try FileKind.of(file), .file)
      XCTAssertEqual(try FileKind.of(directory), .directory)
      for path in [directory + "/none", file + "/below"] { XCTAssertNil(try FileKind.of(path)) }
      let long = directory + "/" + String(repeating: "a", count: 300)
      XCTAssertThrowsError(try FileKind.of(long)) {
        XCTAssertEqual(($0 as? FileError)?.code, ENAMETOOLONG)
        XCTAssertEqual(($0 as? FileError)?.isOfTheDisk, false)
      }
    }
  }

  func testAFileIsReadUpToALimit() throws {
    try withTemporaryDirectory { directory in
      let file = directory + "/file"
      XCTAssertNil(try AtomicFile.read(file))
      let bytes = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
      try AtomicFile.write(bytes, to: file)
      XCTAssertEqual(try AtomicFile.read(file), bytes)
      XCTAssertEqual(try AtomicFile.read(file, limit: 100_001), bytes.prefix(100_001))
      XCTAssertThrowsError(try AtomicFile.read(directory)) {
        XCTAssertEqual(($0 as? FileError)?.code, EISDIR)
      }
    }
  }

  func testAPipeCanBeReadToItsEnd() throws {
    let pipe = Pipe()
    pipe.fileHandleForWriting.write(Data("text".utf8))
    try pipe.fileHandleForWriting.close()
    let path = "/proc/self/fd/\(pipe.fileHandleForReading.fileDescriptor)"
    XCTAssertEqual(try AtomicFile.read(path), Data("text".utf8))
  }
}
