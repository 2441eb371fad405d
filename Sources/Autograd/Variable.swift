import Compute
import Requirements

/// A value that a tape computed, and the gradient that gathers on it during the backward pass.
public final class Variable<Backend: ComputeBackend> {
  public let value: Backend.Matrix
  let needsGradient: Bool
  /// ∂loss/∂value, while the backward pass needs it; a leaf keeps it.
  public internal(set) var gradient: Backend.Matrix?

  init(_ value: Backend.Matrix, needsGradient: Bool) {
    self.value = value
    self.needsGradient = needsGradient
  }

  func takeGradient() -> Backend.Matrix? {
    defer { gradient = nil }
    return gradient
  }
}

extension Variable {
  /// Sets ∂loss/∂value from outside: where a backward pass starts that has no loss operation.
  public func seed(_ gradient: Backend.Matrix) {
    require(
      gradient.rows == value.rows && gradient.columns == value.columns,
      "a gradient \(gradient.shape) for a value \(value.shape)")
    self.gradient = gradient
  }
}
