import Checkpointing
import Foundation
import TestSupport
import XCTest
import Safetensors

/// One file of a checkpoint: planes, differences, frames, and other programs' view of it.
final class CheckpointFileTests: XCTestCase {
  /// Bit patterns of every kind, so many that they fill several frames.
  private func values(_ count: Int, seed: UInt64) -> [Float] {
    var random = SeededGenerator(seed: seed)
    let special: [Float] = [
      0, -0.0, .infinity, -.infinity, .nan, Float(bitPattern: 0x7F80_0001), .leastNonzeroMagnitude,
      -.greatestFiniteMagnitude, Float(bitPattern: .max),
    ]
    return (0..<count).map {
      $0 % 7 == 0
        ? special[$0 / 7 % special.count]
        : Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
    }
  }

  private func content(_ values: [Float], _ more: [Float]) -> CheckpointContent {
    let buffer = PlaneBuffer()
    buffer.reserve(4 * (values.count + more.count))
    let base = buffer.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
    values.withUnsafeBufferPointer {
      BytePlanes.split($0, to: base, stride: values.count, offset: 0)
    }
    more.withUnsafeBufferPointer {
      BytePlanes.split($0, to: base + 4 * values.count, stride: more.count, offset: 0)
    }
    return CheckpointContent(
      metadata: ["made": "by a test"],
      small: [SafetensorsTensor(name: "small", shape: [3], floats: [1, 2, 3])],
      planes: [
        .init(name: "a", offset: 0, count: values.count),
        .init(name: "b", offset: 4 * values.count, count: more.count),
      ], buffer: buffer)
  }

  private func bits(
    _ part: CheckpointPart, _ name: String, _ range: Range<Int>, base: CheckpointPart?
  )
    throws -> [UInt32]
  {
    let planes = try PlaneValues(part, name, range, threads: 2)
    if let base { planes.add(to: try PlaneValues(base, name, range, threads: 2)) }
    var values = [Float](repeating: 0, count: range.count)
    values.withUnsafeMutableBufferPointer {
      planes.join(into: [
        .init(rebasing: $0[..<(range.count / 3)]), .init(rebasing: $0[(range.count / 3)...]),
      ])
    }
    return values.map(\.bitPattern)
  }

  func testEveryBitPatternComesBackWholeAndInPartsFullAndAsADifference() throws {
    try withTemporaryDirectory { directory in
      let (old, new) = (values(2_500_003, seed: 1), values(2_500_003, seed: 2))
      let (oldMore, newMore) = (values(5, seed: 3), values(5, seed: 4))
      let full = content(old, oldMore)
      let changed = content(new, newMore)
      changed.subtract(full.buffer, threads: 2)
      for (threads, name) in [(1, "one"), (3, "three")] {
        let (bytes, hash) = try full.write(
          to: directory + "/\(name)-full", level: 1, threads: threads)
        let base = try CheckpointPart(path: directory + "/\(name)-full", expected: (bytes, hash))
        XCTAssertGreaterThan(base.frameCount, 2)
        XCTAssertEqual(base.metadata, ["made": "by a test"])
        _ = try changed.write(to: directory + "/\(name)-difference", level: 1, threads: threads)
        let difference = try CheckpointPart(path: directory + "/\(name)-difference")
        for range in [0..<old.count, 17..<100_017, 2_000_000..<2_500_003] {
          XCTAssertEqual(
            try bits(base, "a", range, base: nil), old[range].map(\.bitPattern))
          XCTAssertEqual(
            try bits(difference, "a", range, base: base), new[range].map(\.bitPattern))
        }
        XCTAssertEqual(try bits(difference, "b", 0..<5, base: base), newMore.map(\.bitPattern))
        XCTAssertEqual(
          try base.bytes(of: "small", type: .float32),
          [Float(1), 2, 3].withUnsafeBytes { Data($0) })
      }
      XCTAssertEqual(
        FileManager.default.contents(atPath: directory + "/one-full"),
        FileManager.default.contents(atPath: directory + "/three-full"))
    }
  }

  func testZstdAndAReaderOfSafetensorsOpenTheFile() throws {
    try XCTSkipUnless(
      FileManager.default.isExecutableFile(atPath: "/usr/bin/zstd"), "there is no zstd here")
    try withTemporaryDirectory { directory in
      let values = values(3_000_000, seed: 5)
      let path = directory + "/part.safetensors.zst"
      _ = try content(values, [1]).write(to: path, level: 1, threads: 2)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/zstd")
      process.arguments = ["-q", "-d", path]
      try process.run()
      process.waitUntilExit()
      XCTAssertEqual(process.terminationStatus, 0)
      let file = try SafetensorsFile(path: directory + "/part.safetensors")
      XCTAssertEqual(file.names, ["small", "a", "b"])
      let planes = try file.tensor("a")
      XCTAssertEqual(planes.shape, [4, values.count])
      let bytes = Array(planes.bytes)
      for i in stride(from: 0, to: values.count, by: 999) {
        let word = (0..<4).reduce(UInt32(0)) {
          $0 | UInt32(bytes[$1 * values.count + i]) << (8 * $1)
        }
        XCTAssertEqual(word, values[i].bitPattern)
      }
    }
  }

  func testNothingIsLeftOfACancelledOrFailedWrite() throws {
    try withTemporaryDirectory { directory in
      let content = content(values(3_000_000, seed: 6), [1])
      XCTAssertThrowsError(
        try content.write(
          to: directory + "/part", level: 1, threads: 2, isCancelled: { true })
      ) { XCTAssertTrue($0 is CheckpointCancelled) }
      XCTAssertEqual(try names(in: directory), [])
      XCTAssertThrowsError(
        try content.write(to: directory + "/missing/part", level: 1, threads: 2)
      ) { XCTAssertTrue("\($0)".contains("cannot create the file"), "\($0)") }
    }
  }
}
