import Requirements

/// A row-major matrix [rows, columns]: tokens by channels, for nearly everything in this model.
///
/// Its memory comes from a pool and returns there with the last reference.
public final class Matrix<Scalar: BinaryFloatingPoint & Sendable> {
  public let rows: Int
  public let columns: Int
  /// Its memory, for the kernels and for what fills a batch.
  package let pointer: UnsafeMutablePointer<Scalar>
  private let loan: BufferPool.Loan
  private let pool: BufferPool

  /// A matrix with unspecified contents.
  public init(rows: Int, columns: Int, pool: BufferPool) {
    require(rows >= 0 && columns > 0, "a matrix of \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    self.pool = pool
    let capacity = max(rows * columns, 1)
    loan = pool.take(bytes: capacity * MemoryLayout<Scalar>.stride)
    pointer = loan.memory.bindMemory(to: Scalar.self, capacity: capacity)
  }

  deinit { pool.give(loan) }

  /// rows · columns.
  public var count: Int { rows * columns }

  /// The first element of row `row`.
  package func row(_ row: Int) -> UnsafeMutablePointer<Scalar> { pointer + row * columns }

  /// The values, row by row.
  public var values: [Scalar] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  public func fill(_ value: Scalar) { pointer.update(repeating: value, count: count) }

  /// Takes values, row by row.
  public func set(_ values: [Scalar]) {
    require(values.count == count, "\(values.count) values for a matrix of \(rows) × \(columns)")
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { pointer.update(from: start, count: count) }
    }
  }
}
