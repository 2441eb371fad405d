import CKernels
import Matrices
import Requirements

/// A sum of squares of float32 values, in whole numbers: nothing is rounded until it is asked for, so
/// neither the order of the values nor how they were parted can change a bit.
public struct SquareSum: Sendable, Equatable {
  /// A word pair for each exponent of a float32, the low one first.
  private var words: [UInt64]

  /// Words of one sum, for a message.
  public static let wordCount = 2 * Int(CKERNELS_SQUARE_BINS)

  /// Of no values.
  public init() { words = Array(repeating: 0, count: Self.wordCount) }

  /// - Parameter words: `wordCount` of them.
  public init(words: [UInt64]) {
    require(words.count == Self.wordCount, "\(words.count) words are no sum of squares")
    self.words = words
  }

  /// As it travels.
  public var asWords: [UInt64] { words }

  /// Adds the squares of finite values.
  mutating func add(_ values: UnsafePointer<Float>, count: Int) {
    words.withUnsafeMutableBufferPointer {
      ckernels_add_squares_f32(count, values, $0.baseAddress!)
    }
  }

  public static func += (sum: inout SquareSum, other: SquareSum) {
    for bin in stride(from: 0, to: wordCount, by: 2) {
      let (low, carries) = sum.words[bin].addingReportingOverflow(other.words[bin])
      sum.words[bin] = low
      sum.words[bin + 1] &+= other.words[bin + 1] &+ (carries ? 1 : 0)
    }
  }

  /// The sum, rounded in one fixed way: the bins from the smallest on.
  public var value: Double {
    (0..<Self.wordCount / 2).reduce(0) { sum, bin in
      let (low, high) = (Double(words[2 * bin]), Double(words[2 * bin + 1]))
      let unit = Double(sign: .plus, exponent: 2 * max(bin, 1) - 300, significand: 1)
      return sum + (high * 0x1p64 + low) * unit
    }
  }
}

extension CPUBackend<Float> {
  /// The sum of the squares of the values `range` of a buffer, exact.
  public func squares(in buffer: Buffer<Float>, _ range: Range<Int>) -> SquareSum {
    let grain = 1 << 18
    var sums = [SquareSum](repeating: SquareSum(), count: range.count / grain + 1)
    sums.withUnsafeMutableBufferPointer { sums in
      forEachPart(of: range.count, grain: grain) { part in
        sums[part.lowerBound / grain].add(
          buffer.pointer + range.lowerBound + part.lowerBound, count: part.count)
      }
    }
    return sums.reduce(into: SquareSum()) { $0 += $1 }
  }
}
