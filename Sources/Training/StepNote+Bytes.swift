import Collectives
import Digest
import Requirements

/// A step note as it travels: fields one after another, whole numbers and float64 little-endian.
///
/// | offset | bytes | field |
/// | --- | --- | --- |
/// | 0 | 1 | version |
/// | 1 | 1 | flags |
/// | 2 | 1 | wish; 0: none |
/// | 3 | 1 | 0 |
/// | 4 | 4 | number of losses |
/// | 8 | 8 | first bad element of the gradient |
/// | 16 | 8 | generation of the receipt |
/// | 24 | 8 | bytes of its file |
/// | 32 | 32 | SHA-256 of its file |
/// | 64 | 8 | samples of the step |
/// | 72 | 8 | microseconds of computing |
/// | 80 | 8 | microseconds of waiting |
/// | 88 | 8 | microseconds since the note before |
/// | 96 | 8 | rank whose weights came last |
/// | 104 | 8 | microseconds for which it was waited for |
/// | 112 | 8 × shards | losses |
///
/// What a note does not have is 0, so that a note is written in one way only. All notes of a group are
/// as long: `shards` is the most that one of its ranks owns.
extension StepNote {
  package static let version: UInt8 = 3
  private static let headBytes = 112

  private struct Flags: OptionSet {
    static let stops = Flags(rawValue: 1)
    static let isBusy = Flags(rawValue: 2)
    static let hasBadGradient = Flags(rawValue: 4)
    static let hasReceipt = Flags(rawValue: 8)
    static let hasFile = Flags(rawValue: 16)
    static let yields = Flags(rawValue: 32)
    static let hasTimes = Flags(rawValue: 64)
    static let hasLatecomer = Flags(rawValue: 128)
    let rawValue: UInt8
  }

  package static func byteCount(shards: Int) -> Int { headBytes + 8 * shards }

  /// - Parameter shards: Room for losses.
  package func encoded(shards: Int) -> [UInt8] {
    require(
      shardLosses.count <= shards, "\(shardLosses.count) losses in a note of \(shards) shards")
    var flags: Flags = []
    if stops { flags.insert(.stops) }
    if yields { flags.insert(.yields) }
    if isBusy { flags.insert(.isBusy) }
    if firstBadGradient != nil { flags.insert(.hasBadGradient) }
    if receipt != nil { flags.insert(.hasReceipt) }
    if receipt?.file != nil { flags.insert(.hasFile) }
    if times != nil { flags.insert(.hasTimes) }
    if times?.latecomer != nil { flags.insert(.hasLatecomer) }
    var bytes = [Self.version, flags.rawValue, wish?.rawValue ?? 0, 0]
    bytes.reserveCapacity(Self.byteCount(shards: shards))
    bytes.append(littleEndian: UInt32(shardLosses.count))
    bytes.append(littleEndian: UInt64(firstBadGradient ?? 0))
    bytes.append(littleEndian: UInt64(receipt?.generation ?? 0))
    bytes.append(littleEndian: UInt64(receipt?.file?.bytes ?? 0))
    bytes += receipt?.file?.sha256.bytes ?? [UInt8](repeating: 0, count: SHA256Digest.count)
    for number in [
      times?.samples, times?.computing, times?.waiting, times?.elapsed, times?.latecomer?.rank,
      times?.latecomer?.microseconds,
    ] {
      bytes.append(littleEndian: UInt64(number ?? 0))
    }
    for loss in shardLosses { bytes.append(littleEndian: loss.bitPattern) }
    return bytes + [UInt8](repeating: 0, count: 8 * (shards - shardLosses.count))
  }

  /// - Parameters:
  ///   - shards: As in `encoded`.
  ///   - rank: Who sent it, for the error.
  /// - Throws: `StepNoteError` unless `encoded` gives these bytes.
  package init(_ bytes: [UInt8], shards: Int, from rank: Int) throws {
    func refused(_ reason: String) -> StepNoteError { StepNoteError(rank: rank, reason: reason) }
    let size = Self.byteCount(shards: shards)
    guard bytes.count == size else { throw refused("it has \(bytes.count) bytes, not \(size)") }
    guard bytes[0] == Self.version else {
      throw refused("it is of version \(bytes[0]), not \(Self.version)")
    }
    let flags = Flags(rawValue: bytes[1])
    let losses = Int(bytes.littleEndian(at: 4, UInt32.self))
    guard losses <= shards, let badGradient = Int(exactly: bytes.littleEndian(at: 8, UInt64.self)),
      let generation = Int(exactly: bytes.littleEndian(at: 16, UInt64.self)),
      let fileBytes = Int(exactly: bytes.littleEndian(at: 24, UInt64.self)),
      let sha256 = SHA256Digest(bytes: bytes[32..<64])
    else { throw refused("a number in it is out of range") }
    let numbers = stride(from: 64, to: Self.headBytes, by: 8).compactMap {
      Int(exactly: bytes.littleEndian(at: $0, UInt64.self))
    }
    guard numbers.count == 6 else { throw refused("a number in it is out of range") }
    stops = flags.contains(.stops)
    yields = flags.contains(.yields)
    isBusy = flags.contains(.isBusy)
    wish = CheckpointKind(rawValue: bytes[2])
    if flags.contains(.hasBadGradient) { firstBadGradient = badGradient }
    if flags.contains(.hasReceipt) {
      let file = WrittenFile(bytes: fileBytes, sha256: sha256)
      receipt = Receipt(generation: generation, file: flags.contains(.hasFile) ? file : nil)
    }
    if flags.contains(.hasTimes) {
      times = StepTimes(
        samples: numbers[0], computing: numbers[1], waiting: numbers[2], elapsed: numbers[3])
    }
    if flags.contains(.hasLatecomer) {
      times?.latecomer = .init(rank: numbers[4], microseconds: numbers[5])
    }
    shardLosses = (0..<losses).map {
      Double(bitPattern: bytes.littleEndian(at: Self.headBytes + 8 * $0, UInt64.self))
    }
    guard encoded(shards: shards) == bytes else {
      throw refused("it holds what version \(Self.version) has no place for")
    }
  }
}

/// A rank of the group sent what is no step note of this program.
public struct StepNoteError: Error, CustomStringConvertible, Equatable {
  /// In the group.
  public let rank: Int
  public let reason: String

  public var description: String {
    "the step note of rank \(rank) of the group cannot be read: \(reason); the ranks run different "
      + "builds of htnet: start the same build on every host"
  }
}

extension ReductionGroup {
  /// Everyone's notes, in order of rank. Collective.
  ///
  /// - Throws: `MPIError`, `StepNoteError`.
  func allGather(_ note: StepNote) throws -> [StepNote] {
    let shards = mostOwnedShards
    return try allGather(note.encoded(shards: shards)).enumerated().map { rank, bytes in
      try StepNote(bytes, shards: shards, from: rank)
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate func littleEndian<Integer: FixedWidthInteger>(at offset: Int, _: Integer.Type)
    -> Integer
  {
    withUnsafeBytes {
      Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
  }
}
