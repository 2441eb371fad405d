extension CounterGenerator {
  /// Writes numbers uniform in ±bound: element i is made of word i of the lane.
  ///
  /// - Parameter range: The elements to write.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  package func fillUniform<Scalar: BinaryFloatingPoint>(
    _ target: UnsafeMutablePointer<Scalar>, _ range: Range<Int>, lane: Int, bound: Double
  ) {
    forEachWord(range, lane: lane, first: 0) {
      target[$0] = Scalar((2 * Self.uniform($1) - 1) * bound)
    }
  }

  /// Writes 0 with a probability and `kept` otherwise: element i is made of word `first` + i of the
  /// lane.
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  package func fillMask<Scalar: BinaryFloatingPoint>(
    _ target: UnsafeMutablePointer<Scalar>, _ range: Range<Int>, lane: Int, first: Int,
    kept: Scalar, dropping probability: Double
  ) {
    forEachWord(range, lane: lane, first: first) {
      target[$0] = Self.uniform($1) < probability ? 0 : kept
    }
  }

  /// Calls `body` with each index and the word at `first` + index of the lane, a block at a time.
  @inline(__always)
  private func forEachWord(
    _ range: Range<Int>, lane: Int, first: Int, _ body: (Int, UInt32) -> Void
  ) {
    let start = Self.place(first + range.lowerBound, lane: lane, count: range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let place = start + UInt64(index - range.lowerBound)
      let words = block(place >> 2)
      // Named lanes: a computed one is looked up at run time, which costs more than the block.
      for (part, word) in [words.x, words.y, words.z, words.w].enumerated()
      where part >= Int(place & 3) && index < range.upperBound {
        body(index, word)
        index += 1
      }
    }
  }
}
