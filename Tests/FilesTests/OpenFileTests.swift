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
        XCTAssertEqual(($0 as? FileError)?.isOfTheSystem, false)
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

  func testAPipeIsReadToItsEndWhereOneWillDo() throws {
    let pipe = Pipe()
    let path = "/proc/self/fd/\(pipe.fileHandleForReading.fileDescriptor)"
    let writer = pipe.fileHandleForWriting
    // Later than the first look for it.
    Thread.detachNewThread {
      usleep(100_000)
      writer.write(Data("text".utf8))
      try? writer.close()
    }
    XCTAssertEqual(try AtomicFile.read(path, allowsPipe: true), Data("text".utf8))
    XCTAssertEqual(
      errorText { try AtomicFile.read(path) }, path + ": is a pipe, not a file")
  }

  /// None of them is read, or waited for.
  func testWhatIsNoFileIsRefusedByName() throws {
    try withTemporaryDirectory { directory in
      let pipe = directory + "/pipe"
      XCTAssertEqual(mkfifo(pipe, 0o600), 0)
      let socket = directory + "/socket"
      try Self.makeSocket(socket)
      for (path, words, code) in [
        (pipe, "is a pipe", ESPIPE), (socket, "is a socket", ESPIPE),
        ("/dev/zero", "is a device", ESPIPE), (directory, "is a directory", EISDIR),
      ] {
        let reads: [() throws -> Void] = [
          { _ = try AtomicFile.read(path) }, { try FileKind.requireFile(path) },
          { _ = try OpenFile(path) },
        ]
        for read in reads {
          XCTAssertThrowsError(try read()) { error in
            XCTAssertEqual("\(error)", "\(path): \(words), not a file")
            XCTAssertEqual((error as? FileError)?.code, code)
            XCTAssertEqual((error as? FileError)?.isOfTheSystem, false)
          }
        }
      }
      // A pipe that nobody writes to is at its end.
      XCTAssertEqual(try AtomicFile.read(pipe, allowsPipe: true), Data())
      XCTAssertNoThrow(try FileKind.requireFile(directory + "/none"))
    }
  }

  private static func makeSocket(_ path: String) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    XCTAssertEqual(code, 0, path)
  }

  func testADirectoryIsListedWhole() throws {
    try withTemporaryDirectory { directory in
      XCTAssertEqual(try FileKind.names(in: directory), [])
      let expected = Set((0..<600).map { "a file with a long name to fill blocks, number \($0)" })
      for name in expected { try AtomicFile.write(Data(), to: directory + "/" + name) }
      let names = try XCTUnwrap(FileKind.names(in: directory))
      XCTAssertEqual(Set(names), expected)
      XCTAssertEqual(names.count, expected.count)
      XCTAssertNil(try FileKind.names(in: directory + "/none"))
      let file = directory + "/" + (expected.first ?? "")
      XCTAssertEqual(
        errorText { try FileKind.names(in: file) },
        file + ": cannot open the directory: Not a directory")
    }
  }

  /// What a missing permission or a disk does may be over tomorrow; a wrong path stays wrong.
  func testWhoseFaultAFailureIs() {
    for code in [EACCES, EPERM, EROFS, EIO, ENOSPC, EMFILE, ESTALE, ETIMEDOUT] {
      XCTAssertTrue(FileError(path: "p", operation: "o", code: code).isOfTheSystem, "\(code)")
    }
    for code in [ENOENT, ENOTDIR, EISDIR, ELOOP, ENAMETOOLONG, EINVAL, ENXIO, ESPIPE] {
      XCTAssertFalse(FileError(path: "p", operation: "o", code: code).isOfTheSystem, "\(code)")
    }
  }
}
