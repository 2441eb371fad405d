import Requirements
import TensorCore

/// A value that a tape computed, and the gradient that gathers on it during the backward pass.
public final class Variable<Scalar: TensorScalar> {
  public let value: Matrix<Scalar>
  let needsGradient: Bool
  /// ∂loss/∂value, while the backward pass needs it; a leaf keeps it.
  public internal(set) var gradient: Matrix<Scalar>?

  init(_ value: Matrix<Scalar>, needsGradient: Bool) {
    self.value = value
    self.needsGradient = needsGradient
  }

  func takeGradient() -> Matrix<Scalar>? {
    defer { gradient = nil }
    return gradient
  }
}

extension Variable {
  /// Sets ∂loss/∂value from outside: where a backward pass starts that has no loss operation.
  public func seed(_ gradient: Matrix<Scalar>) {
    require(
      gradient.rows == value.rows && gradient.columns == value.columns,
      "a gradient \(gradient.shape) for a value \(value.shape)")
    self.gradient = gradient
  }
}
