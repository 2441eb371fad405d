import Requirements

/// What a stream of random numbers is for; part of its key, so that no two uses share numbers.
public enum RandomPurpose: UInt32, Sendable {
  case initialWeights = 1
  case batchOrder = 2
  case dropout = 3
  case syntheticData = 4
  case augmentation = 5
  case mixup = 6
  case groupsOfPersons = 10
  case innerSplits = 11
  case bootstrap = 12
  case permutationTest = 13
}

/// A counter-based random generator: Philox4x32-10 (Salmon et al., SC 2011).
///
/// A number is a pure function of the key `(seed, fold, epoch, purpose)` and its place. Nothing
/// depends on ranks, threads or the order of calls.
///
/// Words lie in lanes of 2^40, one for each tensor or layer. Normal draws, which take two words
/// each, have a stream of their own beside the stream of all other draws: so no word serves twice,
/// whatever is mixed.
public struct CounterGenerator: Sendable {
  /// Words of one lane.
  public static let laneWords = 1 << 40
  /// Lanes of one stream.
  public static let lanes = 1 << 24
  /// Set in the purpose of the streams of normal draws.
  private static let normals: UInt32 = 0x80

  private let key: (UInt32, UInt32)
  private let stream: (UInt32, UInt32)

  /// - Parameters:
  ///   - seed: The run's seed.
  ///   - fold: A number that names the fold, less than 2^24.
  ///   - epoch: The epoch or step, any number below 2^32.
  ///   - purpose: What the numbers are for.
  public init(seed: UInt64, fold: Int = 0, epoch: Int = 0, purpose: RandomPurpose) {
    require((0..<(1 << 24)).contains(fold), "fold \(fold) is not in 0 ..< 2^24")
    require((0..<(1 << 32)).contains(epoch), "epoch or step \(epoch) is not in 0 ..< 2^32")
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    stream = (UInt32(fold) << 8 | purpose.rawValue, UInt32(epoch))
  }

  private init(normalsOf generator: CounterGenerator) {
    key = generator.key
    stream = (generator.stream.0 | Self.normals, generator.stream.1)
  }

  /// The generator whose words the normal draws of this one are made of.
  var ofNormals: CounterGenerator { CounterGenerator(normalsOf: self) }

  /// Four independent random words for block `index`.
  public func block(_ index: UInt64) -> SIMD4<UInt32> {
    Self.philox(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), stream.0,
        stream.1), key: key)
  }

  /// Philox4x32-10 itself: a bijection of the counter for each key.
  package static func philox(counter: SIMD4<UInt32>, key: (UInt32, UInt32)) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter.x, counter.y, counter.z, counter.w)
    var (k0, k1) = key
    for _ in 0..<10 {
      let p0 = UInt64(0xD251_1F53) * UInt64(c0)
      let p1 = UInt64(0xCD9E_8D57) * UInt64(c2)
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
      )
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return SIMD4(c0, c1, c2, c3)
  }

  /// The word `index` of a lane, counted over all lanes.
  ///
  /// - Parameter count: Words from there on that are asked for.
  static func place(_ index: Int, lane: Int, count: Int = 1) -> UInt64 {
    require((0..<lanes).contains(lane), "lane \(lane) of random words is not in 0 ..< 2^24")
    require(
      index >= 0 && count >= 0 && index <= laneWords - count,
      "words \(index) ..< \(index + count) are not in a lane of 2^40")
    return UInt64(lane) << 40 | UInt64(index)
  }

  /// The random word at `index` of a lane.
  public func word(_ index: Int, lane: Int = 0) -> UInt32 {
    let place = Self.place(index, lane: lane)
    return block(place >> 2)[Int(place & 3)]
  }

  /// A number uniform in [0, 1) with 24 random bits, exact in both float32 and float64.
  public func uniform(_ index: Int, lane: Int = 0) -> Double {
    Self.uniform(word(index, lane: lane))
  }

  static func uniform(_ word: UInt32) -> Double { Double(word >> 8) * 0x1p-24 }

  /// A whole number uniform in `0 ..< bound` (bias below 2^-32 · bound).
  public func integer(_ index: Int, below bound: Int) -> Int {
    require(bound > 0 && bound <= Int(UInt32.max), "bound \(bound) is not in 1 … 2^32 - 1")
    return Int((UInt64(word(index)) * UInt64(bound)) >> 32)
  }

  /// A permutation of `0 ..< count` (Fisher–Yates over the words 0 ..< count).
  public func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    shuffle(&order, 0..<count)
    return order
  }

  /// Puts the numbers at some places of an array in random order (Fisher–Yates over the words of these places).
  public func shuffle(_ numbers: inout [Int], _ places: Range<Int>) {
    for i in places.dropFirst().reversed() {
      numbers.swapAt(i, places.lowerBound + integer(i, below: i - places.lowerBound + 1))
    }
  }
}
