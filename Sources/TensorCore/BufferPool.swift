/// Memory that is handed out again: a training step after the first allocates nothing large.
///
/// Buffers are kept by exact length, since a step asks for the same lengths each time. One thread.
public final class BufferPool<Scalar: TensorScalar> {
  private var free: [Int: [UnsafeMutablePointer<Scalar>]] = [:]

  public init() {}

  deinit {
    for buffers in free.values { for buffer in buffers { buffer.deallocate() } }
  }

  /// A buffer of `count` elements, aligned to 64 bytes, with unspecified contents.
  func take(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    if let buffer = free[count]?.popLast() { return buffer }
    return Self.allocate(count)
  }

  func give(_ buffer: UnsafeMutablePointer<Scalar>, _ count: Int) {
    free[count, default: []].append(buffer)
  }

  static func allocate(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    let bytes = max(count, 1) * MemoryLayout<Scalar>.stride
    return UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .bindMemory(to: Scalar.self, capacity: max(count, 1))
  }
}

/// A fixed, zero-filled run of numbers with one owner: weights, gradients, moments.
public final class Buffer<Scalar: TensorScalar> {
  public let count: Int
  public let pointer: UnsafeMutablePointer<Scalar>

  /// A buffer of `count` zeros, aligned to 64 bytes.
  public init(count: Int) {
    self.count = count
    pointer = BufferPool<Scalar>.allocate(count)
    pointer.zero(count: count)
  }

  deinit { pointer.deallocate() }
}
