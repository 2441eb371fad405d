import Matrices

/// One side of a product where it lies: A [count, k] or the transpose of B [k, count].
///
/// Element (i, p) is at `start[i · stride + p · step]`, and one of the two is 1.
public struct StridedOperand<Scalar: TensorScalar> {
  let start: UnsafePointer<Scalar>
  /// Rows of A or columns of B.
  let count: Int
  let stride: Int
  let step: Int

  init(start: UnsafePointer<Scalar>, count: Int, stride: Int, step: Int) {
    self.start = start
    self.count = count
    self.stride = stride
    self.step = step
  }

  init(start: UnsafeMutablePointer<Scalar>, count: Int, stride: Int, step: Int) {
    self.init(start: UnsafePointer(start), count: count, stride: stride, step: step)
  }

  /// The rows (or columns) `range`.
  func slice(_ range: Range<Int>) -> Self {
    Self(start: start + range.lowerBound * stride, count: range.count, stride: stride, step: step)
  }

  /// From step `first` of k on.
  func dropping(_ first: Int) -> Self {
    Self(start: start + first * step, count: count, stride: stride, step: step)
  }
}

/// Where a product's tile goes: rows `stride` elements apart.
public struct ProductTarget<Scalar: TensorScalar> {
  let start: UnsafeMutablePointer<Scalar>
  let stride: Int
  /// Whether the product is added to what is there.
  var adds: Bool

  func zero(rows: Int, columns: Int) {
    for row in 0..<rows { (start + row * stride).zero(count: columns) }
  }
}
