import CKernels
import COpenBLAS

extension Float: TensorScalar {
  public static func multiply(
    _ tile: ProductTile<Float>, _ kernel: ProductKernel, scratch: UnsafeMutablePointer<Float>
  ) {
    guard case .packed(let precision) = kernel else { return openBLAS(tile) }
    tile.leaves.withUnsafeBufferPointer { leaves in
      leaves.withMemoryRebound(to: size_t.self) { leaves in
        var product = ckernels_product(
          m: tile.m, n: tile.n, leaves: leaves.count, depths: leaves.baseAddress, a: tile.a,
          a_row: tile.aRow, a_depth: tile.aDepth, b: tile.b, b_depth: tile.bDepth,
          b_column: tile.bColumn, c: tile.c, c_row: tile.cRow, add: tile.adds ? 1 : 0)
        switch precision {
        case .float32: ckernels_product_f32(ckernels_best_instructions(), &product, scratch)
        case .bf16: ckernels_product_bf16(&product, scratch)
        }
      }
    }
  }

  public static func productScratch(m: Int, n: Int) -> Int { ckernels_product_scratch(m, n) }

  private static func openBLAS(_ tile: ProductTile<Float>) {
    precondition(tile.leaves.count == 1, "OpenBLAS adds no tree of \(tile.leaves.count) leaves")
    cblas_sgemm(
      CblasRowMajor, tile.aDepth == 1 ? CblasNoTrans : CblasTrans,
      tile.bColumn == 1 ? CblasNoTrans : CblasTrans, blasint(tile.m), blasint(tile.n),
      blasint(tile.leaves[0]), 1, tile.a, blasint(max(tile.aRow, tile.aDepth)), tile.b,
      blasint(max(tile.bDepth, tile.bColumn)), tile.adds ? 1 : 0, tile.c, blasint(tile.cRow))
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

  public static func adam(
    _ count: Int, weights: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>, beta1: Float,
    beta2: Float, epsilon: Float, step: Float, correction: Float
  ) {
    ckernels_adam_f32(
      count, weights, gradient, first, second, beta1, beta2, epsilon, step, correction)
  }

  public static func allFinite(_ count: Int, _ x: UnsafePointer<Float>) -> Bool {
    ckernels_all_finite_f32(count, x) == 1
  }
}
