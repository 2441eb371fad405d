import COpenBLAS
import HTNetModel
import Kernels
import Matrices
import NeuralNetwork

/// The matrix products that a training step cannot do without, by OpenBLAS and nothing else.
///
/// For each linear layer y = x · Wᵀ, dx = dy · W and dW = dyᵀ · x; for each 3 × 3 convolution the
/// same over nine times the inputs (im2col with the padded taps). Queries and keys over one token
/// are left out, and so is the gradient of the image.
struct NecessaryProducts {
  struct Layer {
    let rows: Int
    let outputs: Int
    let inputs: Int
    let needsInputGradient: Bool
    /// Where its weights start among all layers' weights.
    let offset: Int
  }

  let layers: [Layer]
  /// Floating-point operations of a step, a multiply-add being two.
  let operations: Double
  /// The same without the taps of convolutions that fall on the padding.
  let operationsOnTheMap: Double
  /// Weights of all layers.
  private let count: Int

  init(_ configuration: HTNetConfiguration, batch: Int) {
    var layers: [Layer] = []
    var padding = 0.0
    var offset = 0
    func add(_ rows: Int, _ outputs: Int, _ inputs: Int, inputGradient: Bool = true) {
      layers.append(
        Layer(
          rows: rows, outputs: outputs, inputs: inputs, needsInputGradient: inputGradient,
          offset: offset))
      offset += outputs * inputs
    }
    let map = configuration.mapSize
    add(
      batch * map * map, configuration.dim,
      configuration.channels * configuration.patchSize * configuration.patchSize,
      inputGradient: false)
    for level in 0..<configuration.hierarchies {
      let side = configuration.mapSize(level: level)
      let rows = batch * side * side
      let dim = configuration.dim(level: level)
      let inner = configuration.innerDim(level: level)
      for _ in 0..<configuration.blockRepeats[level] {
        add(rows, configuration.sequenceLength == 1 ? inner : 3 * inner, dim)
        add(rows, dim, inner)
        add(rows, configuration.mlpMultiple * dim, dim)
        add(rows, dim, configuration.mlpMultiple * dim)
      }
      guard level < configuration.hierarchies - 1 else { continue }
      add(rows, 2 * dim, 9 * dim)
      // Of nine taps a position, a row of `side` positions uses 3 · side − 2 columns.
      let used = Double((3 * side - 2) * (3 * side - 2)) / Double(9 * side * side)
      padding += (1 - used) * 6 * Double(rows * 2 * dim * 9 * dim)
    }
    self.layers = layers
    count = offset
    operations = layers.reduce(0) {
      $0 + 2 * Double($1.rows * $1.outputs * $1.inputs) * ($1.needsInputGradient ? 3 : 2)
    }
    operationsOnTheMap = operations - padding
  }

  /// Memory for all products: distinct weights and gradients, shared activations.
  final class Operands {
    let weights: Buffer<Float>
    let gradients: Buffer<Float>
    let x: Buffer<Float>
    let y: Buffer<Float>

    init(_ products: NecessaryProducts) {
      weights = Buffer(count: products.count)
      gradients = Buffer(count: products.count)
      x = Buffer(count: products.layers.map { $0.rows * $0.inputs }.max() ?? 1)
      y = Buffer(count: products.layers.map { $0.rows * $0.outputs }.max() ?? 1)
      for buffer in [weights, x, y] {
        for i in 0..<buffer.count { buffer.pointer[i] = Float(i % 1009) * 1e-3 - 0.5 }
      }
    }
  }

  /// Computes all products once, OpenBLAS using `threads` threads.
  func run(_ operands: Operands, threads: Int) {
    openblas_set_num_threads(Int32(threads))
    defer { BLAS.useOneThreadACall() }
    let (x, y) = (operands.x.pointer, operands.y.pointer)
    for layer in layers {
      let (m, n, k) = (blasint(layer.rows), blasint(layer.outputs), blasint(layer.inputs))
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, x, k,
        operands.weights.pointer + layer.offset, k, 0, y, n)
    }
    for layer in layers.reversed() {
      let (m, n, k) = (blasint(layer.rows), blasint(layer.outputs), blasint(layer.inputs))
      if layer.needsInputGradient {
        cblas_sgemm(
          CblasRowMajor, CblasNoTrans, CblasNoTrans, m, k, n, 1, y, n,
          operands.weights.pointer + layer.offset, k, 0, x, k)
      }
      cblas_sgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, n, k, m, 1, y, n, x, k, 0,
        operands.gradients.pointer + layer.offset, k)
    }
  }
}
