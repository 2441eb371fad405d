import Digest
import TestSupport
import Training
import XCTest

/// What ranks tell one another in a step, as bytes.
final class StepNoteTests: XCTestCase {
  private static let sha256 = SHA256Digest(bytes: (0..<32).map { UInt8(200 + $0) })!

  /// Every field at its ends, one after another and all together.
  private static let notes: [StepNote] = {
    var changes: [(inout StepNote) -> Void] = [
      { $0.stops = true }, { $0.yields = true }, { $0.isBusy = true }, { $0.wish = .full },
      { $0.wish = .difference },
      { $0.firstBadGradient = 0 }, { $0.firstBadGradient = .max },
      { $0.receipt = .init(generation: 0, file: nil) },
      { $0.receipt = .init(generation: .max, file: nil) },
    ]
    changes.append { $0.times = .init(samples: 0, computing: 0, waiting: 0, elapsed: 0) }
    changes.append {
      $0.times = .init(samples: .max, computing: .max, waiting: .max, elapsed: .max)
    }
    for late in [0, Int.max] {
      changes.append {
        $0.times = .init(
          samples: 1, computing: 2, waiting: 3, elapsed: 4,
          latecomer: .init(rank: late, microseconds: .max - late))
      }
    }
    for bytes in [0, 1, Int.max] {
      changes.append {
        $0.receipt = .init(generation: .max, file: .init(bytes: bytes, sha256: sha256))
      }
    }
    for digit in [UInt8.min, .max] {
      let digest = SHA256Digest(bytes: [UInt8](repeating: digit, count: 32))!
      changes.append { $0.receipt = .init(generation: 0, file: .init(bytes: 1, sha256: digest)) }
    }
    for losses in [
      [], [0], [-0.0], [.infinity, -.infinity], [.leastNonzeroMagnitude],
      [.greatestFiniteMagnitude, 0.1, 1 / 3, -.pi],
    ] as [[Double]] {
      changes.append { $0.shardLosses = losses }
    }
    var all = StepNote()
    return [StepNote()]
      + changes.map { change in
        var note = StepNote()
        change(&note)
        change(&all)
        return note
      } + [all]
  }()

  func testEveryFieldsExtremeValuesComeBack() throws {
    for note in Self.notes {
      for shards in [4, 5, 1024] {
        let bytes = note.encoded(shards: shards)
        XCTAssertEqual(bytes.count, 112 + 8 * shards)
        let back = try StepNote(bytes, shards: shards, from: 0)
        XCTAssertEqual(back, note)
        XCTAssertEqual(
          back.shardLosses.map(\.bitPattern), note.shardLosses.map(\.bitPattern), "\(note)")
      }
    }
    // Not equal to itself, so by its bits, of which some say more than that it is no number.
    for bits in [Double.nan.bitPattern, 0xfff8_0000_0000_1234, 0x7ff0_0000_0000_0001] {
      var note = StepNote()
      note.shardLosses = [Double(bitPattern: bits)]
      let back = try StepNote(note.encoded(shards: 1), shards: 1, from: 0)
      XCTAssertEqual(back.shardLosses.map(\.bitPattern), [bits])
    }
  }

  func testTheLayoutIsFixedAndLittleEndian() {
    var note = StepNote()
    note.stops = true
    note.yields = true
    note.isBusy = true
    note.wish = .difference
    note.firstBadGradient = 0x0102_0304_0506
    note.receipt = .init(generation: 7, file: .init(bytes: 0x0809, sha256: Self.sha256))
    note.times = .init(
      samples: 32, computing: 0x0a0b, waiting: 5, elapsed: 6,
      latecomer: .init(rank: 3, microseconds: 0x0c0d))
    note.shardLosses = [1, -2]
    XCTAssertEqual(
      note.encoded(shards: 3),
      [3, 255, 2, 0, 2, 0, 0, 0, 6, 5, 4, 3, 2, 1, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, 8]
        + [UInt8](repeating: 0, count: 6) + Self.sha256.bytes
        + [[32, 0], [0x0b, 0x0a], [5, 0], [6, 0], [3, 0], [0x0d, 0x0c]].flatMap {
          $0 + [UInt8](repeating: 0, count: 6)
        }
        + [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0]
        + [UInt8](repeating: 0, count: 8))
  }

  private func refusal(_ bytes: [UInt8], shards: Int = 4) -> String? {
    errorText { _ = try StepNote(bytes, shards: shards, from: 2) }
  }

  private func message(_ reason: String) -> String {
    "the step note of rank 2 of the group cannot be read: \(reason); the ranks run different builds "
      + "of htnet: start the same build on every host"
  }

  func testAnotherSizeOrVersionIsRefused() {
    let bytes = StepNote().encoded(shards: 4)
    XCTAssertNil(refusal(bytes))
    for size in [0, 1, 111, 143, 145] {
      let other = Array((bytes + [0]).prefix(size))
      XCTAssertEqual(refusal(other), message("it has \(size) bytes, not 144"))
    }
    XCTAssertEqual(refusal(bytes, shards: 5), message("it has 144 bytes, not 152"))
    for version in UInt8.min...UInt8.max where version != StepNote.version {
      XCTAssertEqual(
        refusal([version] + bytes.dropFirst()),
        message("it is of version \(version), not \(StepNote.version)"))
    }
  }

  func testWhatNoFieldCanHoldIsRefused() {
    func changed(_ offset: Int, to byte: UInt8) -> String? {
      var bytes = StepNote().encoded(shards: 4)
      bytes[offset] = byte
      return refusal(bytes)
    }
    // A latecomer without times, a file without a receipt, an unknown wish, a reserved byte, an element, a
    // generation, a file's size, its hash, times, a latecomer and a loss that nothing says are there.
    for (offset, byte) in [
      (1, 128), (1, 16), (2, 3), (3, 1), (8, 1), (16, 1), (24, 1), (63, 1), (64, 1), (72, 1),
      (80, 1),
      (88, 1), (96, 1), (104, 1), (143, 1),
    ] as [(Int, UInt8)] {
      XCTAssertEqual(
        changed(offset, to: byte),
        message("it holds what version \(StepNote.version) has no place for"),
        "byte \(offset)")
    }
    // More losses than shards, and numbers above Int.max.
    for (offset, byte) in [(4, 5), (7, 1), (15, 128), (23, 128), (31, 128), (71, 128), (111, 128)]
      as [(Int, UInt8)]
    {
      XCTAssertEqual(
        changed(offset, to: byte), message("a number in it is out of range"), "byte \(offset)")
    }
  }

  func testAnyBytesAreRefusedOrAreTheNotesOwn() throws {
    var random = SeededGenerator(seed: 41)
    var read = 0
    for _ in 0..<20_000 {
      var bytes = Self.notes.randomElement(using: &random)!.encoded(shards: 4)
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      }
      guard let note = try? StepNote(bytes, shards: 4, from: 0) else { continue }
      read += 1
      XCTAssertEqual(note.encoded(shards: 4), bytes)
    }
    XCTAssertGreaterThan(read, 100)
    XCTAssertLessThan(read, 19_900)
  }
}
