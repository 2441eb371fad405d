import Compute
import Matrices
import Threads

/// The CPU: threads that share out every loop, memory from a pool, and the engine's own kernels.
public final class CPUBackend<Scalar: TensorScalar>: ComputeBackend {
  public typealias Matrix = Matrices.Matrix<Scalar>
  public typealias Flat = Buffer<Scalar>
  public typealias Taps = [UInt8]
  public typealias Operand = FlatSlice<Buffer<Scalar>>

  public let threads: ThreadPool
  public let pool = BufferPool()
  /// What computes the products; always OpenBLAS for float64.
  public let products: ProductKernel
  /// Measures where the time goes; nil: nothing is measured.
  public var clock: WorkClock?

  public init(threads: Int = 1, products: ProductKernel = .best) {
    BLAS.useOneThreadACall()
    self.products = Scalar.self == Float.self ? products : .openBLAS
    self.threads = ThreadPool(threads: threads)
  }

  deinit { threads.shutDown() }

  /// A matrix from the pool with unspecified contents.
  public func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, pool: pool)
  }

  public func flat(count: Int) -> Flat { Buffer(count: count) }

  /// Runs `body` over `0 ..< count` in parts of at least `grain`; for loops whose elements do not
  /// touch one another.
  package func forEachPart(of count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    guard count > 0 else { return }
    let part = max(grain, 1)
    timed(.elementwise) {
      threads.run((count + part - 1) / part) { index, _ in
        body(index * part..<min((index + 1) * part, count))
      }
    }
  }

  /// As `forEachPart`, over rows of `columns` elements, some 16 Ki elements a part.
  package func forEachRows(_ rows: Int, columns: Int, _ body: (Range<Int>) -> Void) {
    forEachPart(of: rows, grain: max(1, (1 << 14) / max(columns, 1)), body)
  }
}

extension Matrices.Matrix: BackendMatrix {}

extension FlatSlice {
  /// Where the slice lies in this process's memory.
  func pointer<Scalar>() -> UnsafeMutablePointer<Scalar> where Flat == Buffer<Scalar> {
    flat.pointer + offset
  }
}
