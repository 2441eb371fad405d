import Kernels

/// How much a gradient that is too long is shortened.
package enum GradientClip {
  /// As PyTorch's `clip_grad_norm_`: limit / (norm + 1e-6).
  ///
  /// - Parameter squares: The sum of the whole gradient's.
  /// - Returns: nil: it is short enough.
  package static func factor(_ squares: SquareSum, limit: Double) -> Double? {
    let factor = limit / (squares.value.squareRoot() + 1e-6)
    return factor < 1 ? factor : nil
  }
}
