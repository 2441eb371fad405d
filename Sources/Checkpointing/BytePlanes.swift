/// Float32 values as four planes of bytes, [4, n]: plane k holds byte k of every value, the lowest
/// first. Signs and exponents, which are alike, then lie together, and zstd finds them.
///
/// `difference` and `sum` work on planes in place: a value's bit pattern minus the base's, as a whole
/// number modulo 2^32, with its sign in the lowest bit (zigzag), so that small differences of either
/// sign have zeros in the upper planes. It is exact for all bit patterns.
public enum BytePlanes {
  public static let count = 4

  /// Writes `values` to the elements of the planes from `offset` on.
  ///
  /// - Parameters:
  ///   - planes: [4, stride] bytes.
  ///   - stride: Elements of a plane.
  public static func split(
    _ values: UnsafeBufferPointer<Float>, to planes: UnsafeMutablePointer<UInt8>, stride: Int,
    offset: Int
  ) {
    guard let source = values.baseAddress else { return }
    source.withMemoryRebound(to: UInt32.self, capacity: values.count) { bits in
      let a = planes + offset
      let b = a + stride
      let c = b + stride
      let d = c + stride
      for i in 0..<values.count {
        let word = bits[i]
        a[i] = UInt8(truncatingIfNeeded: word)
        b[i] = UInt8(truncatingIfNeeded: word &>> 8)
        c[i] = UInt8(truncatingIfNeeded: word &>> 16)
        d[i] = UInt8(truncatingIfNeeded: word &>> 24)
      }
    }
  }

  /// Reads the elements of the planes from `offset` on into `values`.
  public static func join(
    _ planes: UnsafePointer<UInt8>, stride: Int, offset: Int,
    to values: UnsafeMutableBufferPointer<Float>
  ) {
    guard let target = values.baseAddress else { return }
    target.withMemoryRebound(to: UInt32.self, capacity: values.count) { bits in
      let a = planes + offset
      for i in 0..<values.count { bits[i] = word(a + i, stride) }
    }
  }

  /// Replaces values by their differences to `base`, for the elements in `range`.
  static func difference(
    _ planes: UnsafeMutablePointer<UInt8>, base: UnsafePointer<UInt8>, stride: Int,
    range: Range<Int>
  ) {
    for i in range {
      let change = word(planes + i, stride) &- word(base + i, stride)
      let sign = UInt32(bitPattern: Int32(bitPattern: change) &>> 31)
      set(planes + i, stride, (change &<< 1) ^ sign)
    }
  }

  /// Replaces differences to `base` by the values themselves, for the elements in `range`.
  static func sum(
    _ planes: UnsafeMutablePointer<UInt8>, base: UnsafePointer<UInt8>, stride: Int,
    range: Range<Int>
  ) {
    for i in range {
      let zigzag = word(planes + i, stride)
      let change = (zigzag &>> 1) ^ (0 &- (zigzag & 1))
      set(planes + i, stride, word(base + i, stride) &+ change)
    }
  }

  @inline(__always)
  private static func word(_ lowest: UnsafePointer<UInt8>, _ stride: Int) -> UInt32 {
    UInt32(lowest[0]) | UInt32(lowest[stride]) &<< 8 | UInt32(lowest[2 &* stride]) &<< 16
      | UInt32(lowest[3 &* stride]) &<< 24
  }

  @inline(__always)
  private static func set(_ lowest: UnsafeMutablePointer<UInt8>, _ stride: Int, _ word: UInt32) {
    lowest[0] = UInt8(truncatingIfNeeded: word)
    lowest[stride] = UInt8(truncatingIfNeeded: word &>> 8)
    lowest[2 &* stride] = UInt8(truncatingIfNeeded: word &>> 16)
    lowest[3 &* stride] = UInt8(truncatingIfNeeded: word &>> 24)
  }
}
