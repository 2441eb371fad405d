import CKernels
import COpenBLAS

extension Double: TensorScalar {
  public static func multiply(
    _ a: StridedOperand<Double>, _ b: StridedOperand<Double>, depth: Int,
    into target: ProductTarget<Double>
  ) {
    cblas_dgemm(
      CblasRowMajor, a.step == 1 ? CblasNoTrans : CblasTrans,
      b.stride == 1 ? CblasNoTrans : CblasTrans, blasint(a.count), blasint(b.count),
      blasint(depth), 1, a.start, blasint(max(a.stride, a.step)), b.start,
      blasint(max(b.stride, b.step)), target.adds ? 1 : 0, target.start, blasint(target.stride))
  }

  public static func pack(
    _ operand: StridedOperand<Double>, right: Bool, _ leaves: [Int], _ kernel: ckernels_kernel,
    into target: UnsafeMutablePointer<Double>
  ) {
    fatalError("the engine's kernels compute in float32")
  }

  public static func multiply(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, rows: Int, columns: Int, leaves: [Int],
    _ kernel: ckernels_kernel, into target: ProductTarget<Double>
  ) {
    fatalError("the engine's kernels compute in float32")
  }

  public static func gelu(
    _ count: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>
  ) {
    ckernels_gelu_forward_f64(count, x, y)
  }

  public static func geluGradient(
    _ count: Int, _ x: UnsafePointer<Double>, _ dy: UnsafePointer<Double>,
    _ dx: UnsafeMutablePointer<Double>
  ) {
    ckernels_gelu_backward_f64(count, x, dy, dx)
  }

  public static func normalize(
    rows: Int, columns: Int, _ x: UnsafePointer<Double>, gain: UnsafePointer<Double>,
    bias: UnsafePointer<Double>, epsilon: Double, _ y: UnsafeMutablePointer<Double>,
    mean: UnsafeMutablePointer<Double>, scale: UnsafeMutablePointer<Double>
  ) {
    ckernels_norm_forward_f64(rows, columns, x, gain, bias, epsilon, y, mean, scale)
  }

  public static func normalizeGradient(
    rows: Int, columns: Int, _ x: UnsafePointer<Double>, gain: UnsafePointer<Double>,
    mean: UnsafePointer<Double>, scale: UnsafePointer<Double>, _ dy: UnsafePointer<Double>,
    _ dx: UnsafeMutablePointer<Double>, adding: Bool
  ) {
    ckernels_norm_backward_f64(rows, columns, x, gain, mean, scale, dy, dx, adding ? 1 : 0)
  }

  public static func normalizeParameterGradients(
    rows: Int, columns: Int, stride: Int, _ x: UnsafePointer<Double>, mean: UnsafePointer<Double>,
    scale: UnsafePointer<Double>, _ dy: UnsafePointer<Double>, gain: UnsafeMutablePointer<Double>,
    bias: UnsafeMutablePointer<Double>
  ) {
    ckernels_norm_parameters_f64(rows, columns, stride, x, mean, scale, dy, gain, bias)
  }

  public static func columnSums(
    rows: Int, columns: Int, stride: Int, _ x: UnsafePointer<Double>,
    _ sums: UnsafeMutablePointer<Double>
  ) {
    ckernels_column_sums_f64(rows, columns, stride, x, sums)
  }

  public static func addBias(
    rows: Int, columns: Int, stride: Int, _ bias: UnsafePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
  ) {
    ckernels_add_bias_f64(rows, columns, stride, bias, y)
  }

  public static func add(
    _ count: Int, _ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    ckernels_add_f64(count, x, y)
  }

  public static func takeLarger(
    _ count: Int, _ x: UnsafePointer<Double>, tap: UInt8, _ y: UnsafeMutablePointer<Double>,
    _ winners: UnsafeMutablePointer<UInt8>, isFirst: Bool
  ) {
    ckernels_take_larger_f64(count, x, tap, y, winners, isFirst ? 1 : 0)
  }

  public static func addWhere(
    _ count: Int, _ x: UnsafePointer<Double>, _ taps: UnsafePointer<UInt8>, are tap: UInt8,
    to y: UnsafeMutablePointer<Double>
  ) {
    ckernels_add_where_f64(count, x, taps, tap, y)
  }

  public static func adam(
    _ count: Int, weights: UnsafeMutablePointer<Double>, gradient: UnsafePointer<Double>,
    first: UnsafeMutablePointer<Double>, second: UnsafeMutablePointer<Double>, beta1: Double,
    beta2: Double, epsilon: Double, step: Double, correction: Double
  ) {
    ckernels_adam_f64(
      count, weights, gradient, first, second, beta1, beta2, epsilon, step, correction)
  }

  public static func scale(_ count: Int, by factor: Double, _ x: UnsafeMutablePointer<Double>) {
    ckernels_scale_f64(count, factor, x)
  }

  public static func average(
    _ count: Int, decay: Double, _ x: UnsafePointer<Double>,
    into average: UnsafeMutablePointer<Double>
  ) {
    ckernels_average_f64(count, decay, x, average)
  }

  public static func allFinite(_ count: Int, _ x: UnsafePointer<Double>) -> Bool {
    ckernels_all_finite_f64(count, x) == 1
  }
}
