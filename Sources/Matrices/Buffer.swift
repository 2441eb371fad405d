/// A fixed, zero-filled run of numbers with one owner: weights, gradients, moments.
public final class Buffer<Scalar: BinaryFloatingPoint & Sendable> {
  public let count: Int
  /// Its memory, for the kernels and for what moves bytes.
  package let pointer: UnsafeMutablePointer<Scalar>

  /// A buffer of `count` zeros, aligned to 64 bytes.
  public init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Scalar>.stride
    pointer = BufferPool.allocate(bytes: bytes).bindMemory(to: Scalar.self, capacity: max(count, 1))
    pointer.zero(count: count)
  }

  /// A buffer of these values.
  public convenience init(_ values: [Scalar]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { pointer.update(from: start, count: count) }
    }
  }

  deinit { pointer.deallocate() }

  /// The values in order.
  public var values: [Scalar] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}
