extension CounterGenerator {
  /// Writes numbers uniform in ±bound: element i is made of the word at `start` + i.
  ///
  /// - Parameter range: The elements to write.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func fillUniform<Scalar: TensorScalar>(
    _ target: UnsafeMutablePointer<Scalar>, _ range: Range<Int>, start: UInt64, bound: Double
  ) {
    forEachWord(range, start: start) {
      target[$0] = Scalar((2 * Self.uniform($1) - 1) * bound)
    }
  }

  /// Writes 0 with a probability and `kept` otherwise: element i is made of the word at `start` + i.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func fillMask<Scalar: TensorScalar>(
    _ target: UnsafeMutablePointer<Scalar>, _ range: Range<Int>, start: UInt64, kept: Scalar,
    dropping probability: Double
  ) {
    forEachWord(range, start: start) {
      target[$0] = Self.uniform($1) < probability ? 0 : kept
    }
  }

  /// Calls `body` with each index and the word at `start` + index, a block at a time.
  @inline(__always)
  private func forEachWord(_ range: Range<Int>, start: UInt64, _ body: (Int, UInt32) -> Void) {
    var index = range.lowerBound
    while index < range.upperBound {
      let place = start + UInt64(index)
      let words = block(place >> 2)
      // Named lanes: a computed one is looked up at run time, which costs more than the block.
      for (lane, word) in [words.x, words.y, words.z, words.w].enumerated()
      where lane >= Int(place & 3) && index < range.upperBound {
        body(index, word)
        index += 1
      }
    }
  }
}
