import Autograd

/// A 3 × 3 convolution with padding 1 and bias over a sample's map.
public struct Convolution3x3: Sendable {
  public let weight: Parameter
  public let bias: Parameter

  /// - Parameter key: The published key without `.weight` and `.bias`.
  public init(_ key: String, inputs: Int, outputs: Int, in layout: inout ParameterLayout) {
    weight = layout.add(
      key + ".weight", shape: [outputs, inputs, 3, 3], rows: 9 * outputs, order: .tapsFirst,
      initialValues: .uniform(fanIn: 9 * inputs))
    bias = layout.add(
      key + ".bias", shape: [outputs], rows: 1, initialValues: .uniform(fanIn: 9 * inputs),
      kind: .biases)
  }

  /// [samples · side², inputs] → [samples · side², outputs].
  public func callAsFunction<Backend>(_ x: Variable<Backend>, side: Int, on tape: Tape<Backend>)
    -> Variable<Backend>
  {
    tape.convolution(x, weight, bias: bias, side: side)
  }
}
