import Compute

/// One trainable matrix inside the flat weights of a model.
public struct Parameter: Sendable, Equatable {
  public let name: String
  /// Rows, or taps · rows; outputs of a layer.
  public let rows: Int
  /// Columns; inputs of a layer.
  public let columns: Int
  /// Where its weights start in the flat weights.
  public let offset: Int
  /// Where its gradient starts in the flat gradient; nil: nothing it does reaches the loss.
  public let gradientOffset: Int?

  public init(name: String, rows: Int, columns: Int, offset: Int, gradientOffset: Int?) {
    self.name = name
    self.rows = rows
    self.columns = columns
    self.offset = offset
    self.gradientOffset = gradientOffset
  }

  public var count: Int { rows * columns }
  /// Its place in the flat weights.
  public var range: Range<Int> { offset..<offset + count }
}

/// The gradient of one batch: one flat sum for each node of the rank's shards.
public final class NodeGradients<Backend: ComputeBackend> {
  /// Elements of one flat gradient.
  public let count: Int
  public private(set) var nodes: [Backend.Flat] = []

  public init(count: Int) { self.count = count }

  /// Makes room for `nodes` sums; what they hold is unspecified until a backward pass.
  public func prepare(nodes count: Int, _ backend: Backend) {
    while nodes.count < count { nodes.append(backend.flat(count: self.count)) }
  }

  /// Where each of the first `count` nodes keeps `parameter`; nil if it has no gradient.
  func slices(_ parameter: Parameter, nodes count: Int) -> [FlatSlice<Backend.Flat>]? {
    parameter.gradientOffset.map { offset in
      nodes[..<count].map { FlatSlice($0, offset: offset) }
    }
  }
}
