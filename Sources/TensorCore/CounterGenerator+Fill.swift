extension CounterGenerator {
  /// Writes numbers uniform in ±bound: element i is made of the word at `start` + i.
  ///
  /// - Parameters:
  ///   - start: A multiple of 4.
  ///   - range: The elements to write.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func fillUniform<Scalar: TensorScalar>(
    _ target: UnsafeMutablePointer<Scalar>, _ range: Range<Int>, start: UInt64, bound: Double
  ) {
    precondition(start % 4 == 0, "words from \(start) on do not begin with a block")
    var index = range.lowerBound
    while index < range.upperBound {
      let words = block(start / 4 + UInt64(index / 4))
      for lane in index % 4..<min(4, range.upperBound - index + index % 4) {
        target[index] = Scalar((2 * (Double(words[lane] >> 8) * 0x1p-24) - 1) * bound)
        index += 1
      }
    }
  }
}
