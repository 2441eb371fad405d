/// Memory that is handed out again: a training step after the first allocates nothing large.
///
/// A buffer serves any length from a quarter of its own up, so that a smaller batch takes the
/// memory of a larger one. What other lengths than today's would leave behind goes by `trim`.
/// One thread.
public final class BufferPool<Scalar: TensorScalar> {
  /// A run of memory and how many elements it holds, which may be more than were asked for.
  struct Loan {
    let pointer: UnsafeMutablePointer<Scalar>
    let capacity: Int
  }

  /// How many times a request's length a buffer may be. Without a limit short vectors would hold
  /// the long buffers that the next layer asks for.
  private static var widest: Int { 4 }

  /// What lies ready, by capacity.
  private var free: [Int: [UnsafeMutablePointer<Scalar>]] = [:]
  /// The capacities in `free`, ascending, those with nothing ready too.
  private var capacities: [Int] = []
  /// Bytes that lie ready to be handed out.
  public private(set) var heldBytes = 0
  /// Bytes that are handed out.
  public private(set) var lentBytes = 0

  public init() {}

  deinit { trim() }

  /// Gives back to the system all that is not handed out: call it where the shapes of what follows
  /// are others, as between two folds.
  public func trim() {
    for buffers in free.values { for buffer in buffers { buffer.deallocate() } }
    free = [:]
    capacities = []
    heldBytes = 0
  }

  /// A buffer of at least `count` elements, aligned to 64 bytes, with unspecified contents.
  func take(_ count: Int) -> Loan {
    let loan = ready(count) ?? Loan(pointer: Self.allocate(count), capacity: count)
    lentBytes += Self.bytes(loan.capacity)
    return loan
  }

  func give(_ loan: Loan) {
    let bytes = Self.bytes(loan.capacity)
    lentBytes -= bytes
    heldBytes += bytes
    if free[loan.capacity]?.append(loan.pointer) == nil {
      free[loan.capacity] = [loan.pointer]
      capacities.insert(loan.capacity, at: place(of: loan.capacity))
    }
  }

  /// The shortest buffer that lies ready and is long enough, the one given back last among equals.
  private func ready(_ count: Int) -> Loan? {
    var index = place(of: count)
    while index < capacities.count, capacities[index] <= Self.widest * count {
      let capacity = capacities[index]
      if let pointer = free[capacity]?.popLast() {
        heldBytes -= Self.bytes(capacity)
        return Loan(pointer: pointer, capacity: capacity)
      }
      index += 1
    }
    return nil
  }

  /// The first of `capacities` that is at least `count`.
  private func place(of count: Int) -> Int {
    var (low, high) = (0, capacities.count)
    while low < high {
      let middle = (low + high) / 2
      if capacities[middle] < count { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func bytes(_ count: Int) -> Int {
    max(count, 1) * MemoryLayout<Scalar>.stride
  }

  static func allocate(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    UnsafeMutableRawPointer.allocate(byteCount: bytes(count), alignment: 64)
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
