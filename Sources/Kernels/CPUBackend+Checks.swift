import Matrices

extension CPUBackend where Scalar == Float {
  /// A checksum of the values' bits: Σ bits[i] · (2i + 1) mod 2^64. Any single change changes it.
  public func checksum(_ buffer: Buffer<Float>) -> UInt64 {
    let grain = 1 << 18
    var sums = [UInt64](repeating: 0, count: buffer.count / grain + 1)
    sums.withUnsafeMutableBufferPointer { sums in
      forEachPart(of: buffer.count, grain: grain) { part in
        var sum: UInt64 = 0
        for i in part {
          sum &+= UInt64(buffer.pointer[i].bitPattern) &* UInt64(truncatingIfNeeded: 2 &* i &+ 1)
        }
        sums[part.lowerBound / grain] = sum
      }
    }
    return sums.reduce(0, &+)
  }

  /// The first element of `range` that is infinite or NaN; nil: there is none.
  public func firstNotFinite(in buffer: Buffer<Float>, _ range: Range<Int>) -> Int? {
    let grain = 1 << 16
    var finite = [Bool](repeating: true, count: range.count / grain + 1)
    finite.withUnsafeMutableBufferPointer { finite in
      forEachPart(of: range.count, grain: grain) { part in
        finite[part.lowerBound / grain] = Float.allFinite(
          part.count, buffer.pointer + range.lowerBound + part.lowerBound)
      }
    }
    guard let part = finite.firstIndex(of: false) else { return nil }
    return (range.lowerBound + part * grain..<range.upperBound).first {
      !buffer.pointer[$0].isFinite
    }
  }
}
