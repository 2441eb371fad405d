import CKernels
import COpenBLAS

extension Double: TensorScalar {
  public static func multiply(
    _ tile: ProductTile<Double>, _ kernel: ProductKernel, scratch: UnsafeMutablePointer<Double>
  ) {
    openBLAS(tile)
  }

  public static func productScratch(m: Int, n: Int) -> Int { 1 }

  private static func openBLAS(_ tile: ProductTile<Double>) {
    precondition(tile.leaves.count == 1, "OpenBLAS adds no tree of \(tile.leaves.count) leaves")
    cblas_dgemm(
      CblasRowMajor, tile.aDepth == 1 ? CblasNoTrans : CblasTrans,
      tile.bColumn == 1 ? CblasNoTrans : CblasTrans, blasint(tile.m), blasint(tile.n),
      blasint(tile.leaves[0]), 1, tile.a, blasint(max(tile.aRow, tile.aDepth)), tile.b,
      blasint(max(tile.bDepth, tile.bColumn)), tile.adds ? 1 : 0, tile.c, blasint(tile.cRow))
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

  public static func adam(
    _ count: Int, weights: UnsafeMutablePointer<Double>, gradient: UnsafePointer<Double>,
    first: UnsafeMutablePointer<Double>, second: UnsafeMutablePointer<Double>, beta1: Double,
    beta2: Double, epsilon: Double, step: Double, correction: Double
  ) {
    ckernels_adam_f64(
      count, weights, gradient, first, second, beta1, beta2, epsilon, step, correction)
  }

  public static func allFinite(_ count: Int, _ x: UnsafePointer<Double>) -> Bool {
    ckernels_all_finite_f64(count, x) == 1
  }
}
