/// Memory that is handed out again: a training step after the first allocates nothing large.
///
/// A buffer serves any length from a quarter of its own up, so that a smaller batch takes the
/// memory of a larger one. What other lengths than today's would leave behind goes by `trim`.
/// One thread. It deals in bytes: a generic pool would cost more a buffer than the search does.
public final class BufferPool {
  /// A run of memory and its length, which may be more than was asked for.
  struct Loan {
    let memory: UnsafeMutableRawPointer
    let bytes: Int
  }

  /// Buffers of one length that lie ready.
  private struct Shelf {
    let bytes: Int
    var buffers: [UnsafeMutableRawPointer]
  }

  /// How many times a request's length a buffer may be. Without a limit short vectors would hold
  /// the long buffers that the next layer asks for.
  private static let widest = 4

  /// By length, ascending; those with nothing ready stay.
  private var shelves: [Shelf] = []
  /// Bytes that lie ready to be handed out.
  public private(set) var heldBytes = 0
  /// Bytes that are handed out.
  public private(set) var lentBytes = 0

  public init() {}

  deinit { trim() }

  /// Gives back to the system all that is not handed out: call it where the shapes of what follows
  /// are others, as between two folds.
  public func trim() {
    for shelf in shelves { for buffer in shelf.buffers { buffer.deallocate() } }
    shelves = []
    heldBytes = 0
  }

  /// A buffer of at least `bytes`, aligned to 64 bytes, with unspecified contents.
  func take(bytes: Int) -> Loan {
    let loan = ready(bytes) ?? Loan(memory: Self.allocate(bytes: bytes), bytes: bytes)
    lentBytes += loan.bytes
    return loan
  }

  func give(_ loan: Loan) {
    lentBytes -= loan.bytes
    heldBytes += loan.bytes
    let index = place(of: loan.bytes)
    if index < shelves.count, shelves[index].bytes == loan.bytes {
      shelves[index].buffers.append(loan.memory)
    } else {
      shelves.insert(Shelf(bytes: loan.bytes, buffers: [loan.memory]), at: index)
    }
  }

  /// The shortest buffer that lies ready and is long enough, the one given back last among equals.
  private func ready(_ bytes: Int) -> Loan? {
    var index = place(of: bytes)
    while index < shelves.count, shelves[index].bytes <= Self.widest * bytes {
      if let memory = shelves[index].buffers.popLast() {
        heldBytes -= shelves[index].bytes
        return Loan(memory: memory, bytes: shelves[index].bytes)
      }
      index += 1
    }
    return nil
  }

  /// The first shelf of buffers that are long enough.
  private func place(of bytes: Int) -> Int {
    var (low, high) = (0, shelves.count)
    while low < high {
      let middle = (low + high) / 2
      if shelves[middle].bytes < bytes { low = middle + 1 } else { high = middle }
    }
    return low
  }

  static func allocate(bytes: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: bytes, alignment: 64)
  }
}
