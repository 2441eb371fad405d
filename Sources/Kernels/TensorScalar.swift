public import CKernels

/// A float type that the engine computes in: `Float` for training, `Double` for gradient checks.
///
/// Its static functions are the numeric loops, each written for one concrete type: a generic loop
/// that the compiler does not specialise costs two hundred times as much.
public protocol TensorScalar: BinaryFloatingPoint, Sendable {
  /// target = (or +=) A · B over `depth` steps of k, by OpenBLAS on the caller's thread.
  static func multiply(
    _ a: StridedOperand<Self>, _ b: StridedOperand<Self>, depth: Int,
    into target: ProductTarget<Self>)
  /// Lays one block of an operand out for an engine's kernel.
  static func pack(
    _ operand: StridedOperand<Self>, right: Bool, _ leaves: [Int], _ kernel: ckernels_kernel,
    into target: UnsafeMutablePointer<Self>)
  /// target = (or +=) A · B of one block of packed operands, its leaves added as a tree.
  static func multiply(
    _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, rows: Int, columns: Int, leaves: [Int],
    _ kernel: ckernels_kernel, into target: ProductTarget<Self>)

  /// y = x · Φ(x).
  static func gelu(_ count: Int, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>)
  /// dx = dy · (Φ(x) + x · φ(x)).
  static func geluGradient(
    _ count: Int, _ x: UnsafePointer<Self>, _ dy: UnsafePointer<Self>,
    _ dx: UnsafeMutablePointer<Self>)
  /// Each row: y = (x − mean) · scale · gain + bias, with scale = 1 / sqrt(variance + epsilon).
  static func normalize(
    rows: Int, columns: Int, _ x: UnsafePointer<Self>, gain: UnsafePointer<Self>,
    bias: UnsafePointer<Self>, epsilon: Self, _ y: UnsafeMutablePointer<Self>,
    mean: UnsafeMutablePointer<Self>, scale: UnsafeMutablePointer<Self>)
  /// The gradient of `normalize` for x, added to `dx` or written to it.
  static func normalizeGradient(
    rows: Int, columns: Int, _ x: UnsafePointer<Self>, gain: UnsafePointer<Self>,
    mean: UnsafePointer<Self>, scale: UnsafePointer<Self>, _ dy: UnsafePointer<Self>,
    _ dx: UnsafeMutablePointer<Self>, adding: Bool)
  /// The gradients of `normalize` for gain and bias, over rows `stride` elements apart.
  static func normalizeParameterGradients(
    rows: Int, columns: Int, stride: Int, _ x: UnsafePointer<Self>, mean: UnsafePointer<Self>,
    scale: UnsafePointer<Self>, _ dy: UnsafePointer<Self>, gain: UnsafeMutablePointer<Self>,
    bias: UnsafeMutablePointer<Self>)
  /// sums[c] = Σ over rows of x[row · stride + c], rows in order.
  static func columnSums(
    rows: Int, columns: Int, stride: Int, _ x: UnsafePointer<Self>,
    _ sums: UnsafeMutablePointer<Self>)
  /// Adds `bias` to each row of y.
  static func addBias(
    rows: Int, columns: Int, stride: Int, _ bias: UnsafePointer<Self>,
    _ y: UnsafeMutablePointer<Self>)
  /// y += x.
  static func add(_ count: Int, _ x: UnsafePointer<Self>, to y: UnsafeMutablePointer<Self>)
  /// Where x > y or x is NaN, or everywhere for the first tap: y = x and winners = tap.
  static func takeLarger(
    _ count: Int, _ x: UnsafePointer<Self>, tap: UInt8, _ y: UnsafeMutablePointer<Self>,
    _ winners: UnsafeMutablePointer<UInt8>, isFirst: Bool)
  /// y += x where `taps` are `tap`.
  static func addWhere(
    _ count: Int, _ x: UnsafePointer<Self>, _ taps: UnsafePointer<UInt8>, are tap: UInt8,
    to y: UnsafeMutablePointer<Self>)
  /// One step of Adam (Kingma & Ba 2015): step = rate / (1 − β₁ᵗ), correction = 1 / √(1 − β₂ᵗ).
  static func adam(
    _ count: Int, weights: UnsafeMutablePointer<Self>, gradient: UnsafePointer<Self>,
    first: UnsafeMutablePointer<Self>, second: UnsafeMutablePointer<Self>, beta1: Self,
    beta2: Self, epsilon: Self, step: Self, correction: Self)
  /// x = factor · x.
  static func scale(_ count: Int, by factor: Self, _ x: UnsafeMutablePointer<Self>)
  /// average = decay · average + (1 − decay) · x.
  static func average(
    _ count: Int, decay: Self, _ x: UnsafePointer<Self>, into average: UnsafeMutablePointer<Self>)
  /// Whether every value is finite.
  static func allFinite(_ count: Int, _ x: UnsafePointer<Self>) -> Bool
}
