extension ComputeContext where Scalar == Float {
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
}
