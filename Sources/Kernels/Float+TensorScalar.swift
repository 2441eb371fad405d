import CKernels
import COpenBLAS

extension Float: TensorScalar {
  public static func multiply(
    _ a: StridedOperand<Float>, _ b: StridedOperand<Float>, depth: Int,
    into target: ProductTarget<Float>
  ) {
    cblas_sgemm(
      CblasRowMajor, a.step == 1 ? CblasNoTrans : CblasTrans,
      b.stride == 1 ? CblasNoTrans : CblasTrans, blasint(a.count), blasint(b.count),
      blasint(depth), 1, a.start, blasint(max(a.stride, a.step)), b.start,
      blasint(max(b.stride, b.step)), target.adds ? 1 : 0, target.start, blasint(target.stride))
  }

  public static func pack(
    _ operand: StridedOperand<Float>, right: Bool, _ leaves: [Int], _ kernel: ckernels_kernel,
    into target: UnsafeMutablePointer<Float>
  ) {
    withDepths(leaves) {
      ckernels_pack(
        kernel, right ? 1 : 0, operand.count, leaves.count, $0, operand.start, operand.stride,
        operand.step, target)
    }
  }

  public static func multiply(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, rows: Int, columns: Int, leaves: [Int],
    _ kernel: ckernels_kernel, into target: ProductTarget<Float>
  ) {
    withDepths(leaves) {
      var product = ckernels_product(
        m: rows, n: columns, leaves: leaves.count, depths: $0, a: a, b: b, c: target.start,
        c_row: target.stride, add: target.adds ? 1 : 0)
      ckernels_multiply(kernel, &product)
    }
  }

  private static func withDepths(_ leaves: [Int], _ body: (UnsafePointer<size_t>) -> Void) {
    leaves.withUnsafeBufferPointer { leaves in
      leaves.withMemoryRebound(to: size_t.self) { body($0.baseAddress!) }
    }
  }

  public static func gelu(
    _ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
  ) {
    ckernels_gelu_forward_f32(count, x, y)
  }

  public static func geluGradient(
    _ count: Int, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) {
    ckernels_gelu_backward_f32(count, x, dy, dx)
  }

  public static func normalize(
    rows: Int, columns: Int, _ x: UnsafePointer<Float>, gain: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, epsilon: Float, _ y: UnsafeMutablePointer<Float>,
    mean: UnsafeMutablePointer<Float>, scale: UnsafeMutablePointer<Float>
  ) {
    ckernels_norm_forward_f32(rows, columns, x, gain, bias, epsilon, y, mean, scale)
  }

  public static func normalizeGradient(
    rows: Int, columns: Int, _ x: UnsafePointer<Float>, gain: UnsafePointer<Float>,
    mean: UnsafePointer<Float>, scale: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>, adding: Bool
  ) {
    ckernels_norm_backward_f32(rows, columns, x, gain, mean, scale, dy, dx, adding ? 1 : 0)
  }

  public static func normalizeParameterGradients(
    rows: Int, columns: Int, stride: Int, _ x: UnsafePointer<Float>, mean: UnsafePointer<Float>,
    scale: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, gain: UnsafeMutablePointer<Float>,
    bias: UnsafeMutablePointer<Float>
  ) {
    ckernels_norm_parameters_f32(rows, columns, stride, x, mean, scale, dy, gain, bias)
  }

  public static func columnSums(
    rows: Int, columns: Int, stride: Int, _ x: UnsafePointer<Float>,
    _ sums: UnsafeMutablePointer<Float>
  ) {
    ckernels_column_sums_f32(rows, columns, stride, x, sums)
  }

  public static func addBias(
    rows: Int, columns: Int, stride: Int, _ bias: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    ckernels_add_bias_f32(rows, columns, stride, bias, y)
  }

  public static func add(
    _ count: Int, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>
  ) {
    ckernels_add_f32(count, x, y)
  }

  public static func takeLarger(
    _ count: Int, _ x: UnsafePointer<Float>, tap: UInt8, _ y: UnsafeMutablePointer<Float>,
    _ winners: UnsafeMutablePointer<UInt8>, isFirst: Bool
  ) {
    ckernels_take_larger_f32(count, x, tap, y, winners, isFirst ? 1 : 0)
  }

  public static func addWhere(
    _ count: Int, _ x: UnsafePointer<Float>, _ taps: UnsafePointer<UInt8>, are tap: UInt8,
    to y: UnsafeMutablePointer<Float>
  ) {
    ckernels_add_where_f32(count, x, taps, tap, y)
  }

  public static func adam(
    _ count: Int, weights: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>, beta1: Float,
    beta2: Float, epsilon: Float, step: Float, correction: Float
  ) {
    ckernels_adam_f32(
      count, weights, gradient, first, second, beta1, beta2, epsilon, step, correction)
  }

  public static func scale(_ count: Int, by factor: Float, _ x: UnsafeMutablePointer<Float>) {
    ckernels_scale_f32(count, factor, x)
  }

  public static func average(
    _ count: Int, decay: Float, _ x: UnsafePointer<Float>, into average: UnsafeMutablePointer<Float>
  ) {
    ckernels_average_f32(count, decay, x, average)
  }

  public static func allFinite(_ count: Int, _ x: UnsafePointer<Float>) -> Bool {
    ckernels_all_finite_f32(count, x) == 1
  }
}
