import Autograd

/// y = x · Wᵀ + b over the channels of each token; a published 1 × 1 convolution or linear layer.
public struct Linear: Sendable {
  public let weight: Parameter
  public let bias: Parameter?

  /// - Parameters:
  ///   - key: The published key without `.weight` and `.bias`.
  ///   - isConvolution: Whether the published weight is [outputs, inputs, 1, 1].
  ///   - deadOutputs: The first outputs, which are left out because nothing reads them.
  public init(
    _ key: String, inputs: Int, outputs: Int, bias: Bool = true, isConvolution: Bool = true,
    deadOutputs: Int = 0, in layout: inout ParameterLayout
  ) {
    weight = layout.add(
      key + ".weight", shape: [outputs, inputs] + (isConvolution ? [1, 1] : []), rows: outputs,
      initialValues: .uniform(fanIn: inputs), deadRows: deadOutputs)
    self.bias =
      bias
      ? layout.add(
        key + ".bias", shape: [outputs], rows: 1, initialValues: .uniform(fanIn: inputs),
        kind: .biases) : nil
  }

  /// [T, inputs] → [T, outputs], plus `residual` where given.
  public func callAsFunction<Backend>(
    _ x: Variable<Backend>, residual: Variable<Backend>? = nil, on tape: Tape<Backend>
  ) -> Variable<Backend> {
    tape.linear(x, weight, bias: bias, residual: residual)
  }
}
