import Autograd
import Requirements

/// How a parameter's values lie in the flat weights, against the published tensor's order.
public enum ParameterOrder: Sendable, Equatable {
  /// As published.
  case published
  /// A 3 × 3 kernel, published [outputs, inputs, 3, 3], kept as [3 · 3, outputs, inputs].
  case tapsFirst
}

/// How a parameter's first values are drawn.
public enum InitialValues: Sendable, Equatable {
  case constant(Double)
  /// Uniform in ±1 / sqrt(fanIn).
  case uniform(fanIn: Int)
  /// N(0, 1).
  case normal
}

/// What a tensor is for.
public enum TensorKind: String, Sendable, CaseIterable {
  case weights
  /// Gains and biases of norms.
  case norms
  /// Biases of linear layers and convolutions.
  case biases
  /// Position embeddings.
  case positions
}

/// One tensor of the published weights and where it lies in the flat weights.
public struct PublishedTensor: Sendable, Equatable {
  /// The published key, such as `layers.0.1.0.weight`.
  public let name: String
  /// The published shape.
  public let shape: [Int]
  /// Where it starts in the flat weights.
  public let offset: Int
  public let order: ParameterOrder
  public let initialValues: InitialValues
  public let kind: TensorKind
  /// Its first values, row by row, that never reach the loss.
  public let deadCount: Int

  public var count: Int { shape.reduce(1, *) }
  /// Its place in the flat weights.
  public var range: Range<Int> { offset..<offset + count }
}

/// Lays a model's parameters out in one flat array of weights and one, shorter, of gradients.
///
/// Tensors follow one another in the order in which layers ask for them. Weights that never reach
/// the loss have no place in the gradient, so they are neither exchanged nor updated.
public struct ParameterLayout: Sendable {
  public private(set) var tensors: [PublishedTensor] = []
  /// Every parameter that has a gradient, in the order of both arrays.
  public private(set) var trained: [Parameter] = []
  /// Elements of the flat weights.
  public private(set) var weightCount = 0
  /// Elements of the flat gradient.
  public private(set) var gradientCount = 0

  public init() {}

  /// Adds a tensor and returns the parameter of its trained part.
  ///
  /// - Parameters:
  ///   - rows: Rows of the whole tensor as a matrix: taps · outputs, or outputs.
  ///   - deadRows: The first rows, which never reach the loss.
  public mutating func add(
    _ name: String, shape: [Int], rows: Int, order: ParameterOrder = .published,
    initialValues: InitialValues, kind: TensorKind = .weights, deadRows: Int = 0
  ) -> Parameter {
    let count = shape.reduce(1, *)
    require(count % rows == 0, "\(name) \(shape) does not split into \(rows) rows")
    let columns = count / rows
    tensors.append(
      PublishedTensor(
        name: name, shape: shape, offset: weightCount, order: order, initialValues: initialValues,
        kind: kind, deadCount: deadRows * columns))
    let parameter = Parameter(
      name: name, rows: rows - deadRows, columns: columns,
      offset: weightCount + deadRows * columns, gradientOffset: gradientCount)
    trained.append(parameter)
    weightCount += count
    gradientCount += parameter.count
    return parameter
  }

  /// The runs of the flat weights that the elements `range` of the flat gradient belong to.
  ///
  /// - Parameter spared: Kinds of tensors that are left out.
  public func weightRanges(ofGradient range: Range<Int>, besides spared: Set<TensorKind> = [])
    -> [Range<Int>]
  {
    var ranges: [Range<Int>] = []
    for (tensor, parameter) in zip(tensors, trained) where !spared.contains(tensor.kind) {
      let start = parameter.gradientOffset ?? 0
      let part = range.clamped(to: start..<start + parameter.count)
      if part.isEmpty { continue }
      let shift = parameter.offset - start
      let weights = part.lowerBound + shift..<part.upperBound + shift
      if let last = ranges.last, last.upperBound == weights.lowerBound {
        ranges[ranges.count - 1] = last.lowerBound..<weights.upperBound
      } else {
        ranges.append(weights)
      }
    }
    return ranges
  }

  /// The trained parameter that element `index` of the flat gradient belongs to.
  public func parameter(ofGradient index: Int) -> Parameter? {
    trained.first { ($0.gradientOffset ?? 0)..<($0.gradientOffset ?? 0) + $0.count ~= index }
  }
}
