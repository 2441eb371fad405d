import Requirements

/// Samples of flow maps as their files have them, with 8 or 16 bits.
///
/// The model takes numbers from 0 to 255: a sample of 8 bits is that number, one of 16 bits is 257
/// times it. So both kinds span the same numbers, and 8 bits widened to 16 change none.
public enum Pixels: Sendable, Equatable {
  case bits8([UInt8])
  case bits16([UInt16])

  /// Samples of 16 bits, kept in 8 where that loses nothing.
  init(_ samples: [UInt16]) {
    self =
      samples.allSatisfy { $0 % 257 == 0 }
      ? .bits8(samples.map { UInt8($0 / 257) }) : .bits16(samples)
  }

  public var bits: Int {
    switch self {
    case .bits8: 8
    case .bits16: 16
    }
  }

  public var count: Int {
    switch self {
    case .bits8(let samples): samples.count
    case .bits16(let samples): samples.count
    }
  }

  /// Some of the samples.
  public subscript(range: Range<Int>) -> Pixels {
    switch self {
    case .bits8(let samples): .bits8(Array(samples[range]))
    case .bits16(let samples): .bits16(Array(samples[range]))
    }
  }

  /// Some runs of the samples, one after the other.
  func runs(_ ranges: [Range<Int>]) -> Pixels {
    switch self {
    case .bits8(let samples): .bits8(ranges.flatMap { samples[$0] })
    case .bits16(let samples): .bits16(ranges.flatMap { samples[$0] })
    }
  }

  /// The numbers that the model takes, 0 … 255.
  public var values: [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress { copy(0..<count, to: start) }
      initialized = count
    }
  }

  /// Writes the numbers that the model takes, 0 … 255, of some of the samples.
  func copy(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    require(range.upperBound <= count, "samples \(range) of \(count)")
    switch self {
    case .bits8(let samples):
      samples.withUnsafeBufferPointer { samples in
        for i in 0..<range.count { target[i] = Float(samples[range.lowerBound + i]) }
      }
    case .bits16(let samples):
      samples.withUnsafeBufferPointer { samples in
        for i in 0..<range.count { target[i] = Float(samples[range.lowerBound + i]) / 257 }
      }
    }
  }

  /// Calls `body` with each of some samples as it is kept.
  func forEach(_ range: Range<Int>, _ body: (UInt16) -> Void) {
    switch self {
    case .bits8(let samples): for i in range { body(UInt16(samples[i])) }
    case .bits16(let samples): for i in range { body(samples[i]) }
    }
  }

  /// The samples' bytes, those of 16 bits with the lower one first.
  var bytes: [UInt8] {
    switch self {
    case .bits8(let samples): samples
    case .bits16(let samples): samples.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    }
  }

  /// What `bytes` gave for so many bits a sample; nil: there are no samples of so many bits, or the
  /// last one is cut.
  init?(bytes: ArraySlice<UInt8>, bits: Int) {
    switch bits {
    case 8: self = .bits8(Array(bytes))
    case 16 where bytes.count % 2 == 0:
      let start = bytes.startIndex
      self = .bits16(
        (0..<bytes.count / 2).map {
          UInt16(bytes[start + 2 * $0]) | UInt16(bytes[start + 2 * $0 + 1]) << 8
        })
    default: return nil
    }
  }
}
