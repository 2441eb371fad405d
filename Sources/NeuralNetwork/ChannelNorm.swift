import Autograd

/// (x − mean) / sqrt(variance + 1e-5) · g + b over the channels of each token.
public struct ChannelNorm: Sendable {
  public let gain: Parameter
  public let bias: Parameter

  /// - Parameter key: The published key without `.g` and `.b`.
  public init(_ key: String, channels: Int, in layout: inout ParameterLayout) {
    let shape = [1, channels, 1, 1]
    gain = layout.add(key + ".g", shape: shape, rows: 1, initialValues: .constant(1), kind: .norms)
    bias = layout.add(key + ".b", shape: shape, rows: 1, initialValues: .constant(0), kind: .norms)
  }

  /// [T, channels] → [T, channels].
  public func callAsFunction<Backend>(_ x: Variable<Backend>, on tape: Tape<Backend>)
    -> Variable<Backend>
  {
    tape.norm(x, gain: gain, bias: bias)
  }
}
