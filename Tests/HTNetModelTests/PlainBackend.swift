import Compute
import Foundation

/// Values in plain arrays.
final class PlainMatrix: BackendMatrix {
  let rows: Int
  let columns: Int
  var values: [Double]

  init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
    values = Array(repeating: 0, count: rows * columns)
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }
}

final class PlainFlat {
  var values: [Double]
  init(_ values: [Double]) { self.values = values }
}

extension FlatSlice<PlainFlat> {
  subscript(index: Int) -> Double {
    get { flat.values[offset + index] }
    nonmutating set { flat.values[offset + index] = newValue }
  }
}

/// A second machine for the engine: the definitions of all operations as loops in float64, without
/// threads, tiles or order. What the CPU's kernels compute must be the same but for rounding.
final class PlainBackend: ComputeBackend {
  typealias Matrix = PlainMatrix
  typealias Flat = PlainFlat
  /// For each output element the row of the input that it came from.
  typealias Taps = [Int]

  func matrix(_ rows: Int, _ columns: Int) -> PlainMatrix { PlainMatrix(rows, columns) }
  func flat(count: Int) -> PlainFlat { PlainFlat(Array(repeating: 0, count: count)) }

  func copy(_ x: PlainMatrix) -> PlainMatrix {
    let y = PlainMatrix(x.rows, x.columns)
    y.values = x.values
    return y
  }

  // MARK: - Elementwise

  func add(_ x: PlainMatrix, _ y: PlainMatrix, into z: PlainMatrix) {
    z.values = zip(x.values, y.values).map(+)
  }

  func add(_ x: PlainMatrix, to y: PlainMatrix) { y.values = zip(x.values, y.values).map(+) }

  private func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

  func gelu(_ x: PlainMatrix, into y: PlainMatrix) {
    y.values = x.values.map { $0 * normalDistribution($0) }
  }

  func geluGradient(_ x: PlainMatrix, dy: PlainMatrix, into dx: PlainMatrix) {
    dx.values = zip(x.values, dy.values).map { x, dy in
      dy * (normalDistribution(x) + x * exp(-x * x / 2) / (2 * .pi).squareRoot())
    }
  }

  func multiply(_ x: PlainMatrix, mask: PlainMatrix, group: Int, into y: PlainMatrix) {
    for row in 0..<x.rows {
      for column in 0..<x.columns { y[row, column] = x[row, column] * mask[row, column / group] }
    }
  }

  func dropoutMask(_ key: DropoutKey, firstRow: Int, into mask: PlainMatrix) {
    for index in mask.values.indices {
      let word = key.generator.uniform(firstRow * mask.columns + index, lane: key.layer)
      mask.values[index] = word < key.probability ? 0 : 1 / (1 - key.probability)
    }
  }

  // MARK: - Products

  func linear(
    _ shards: BatchShards, _ x: PlainMatrix, weights: Operand, bias: Operand?,
    residual: PlainMatrix?, into y: PlainMatrix
  ) {
    for row in 0..<y.rows {
      for output in 0..<y.columns {
        let product = (0..<x.columns).reduce(0) {
          $0 + x[row, $1] * weights[output * x.columns + $1]
        }
        y[row, output] = product + (bias?[output] ?? 0) + (residual?[row, output] ?? 0)
      }
    }
  }

  func linearInputGradient(
    _ shards: BatchShards, dy: PlainMatrix, weights: Operand, into dx: PlainMatrix, adds: Bool
  ) {
    for row in 0..<dx.rows {
      for input in 0..<dx.columns {
        let sum = (0..<dy.columns).reduce(0) {
          $0 + dy[row, $1] * weights[$1 * dx.columns + input]
        }
        dx[row, input] = sum + (adds ? dx[row, input] : 0)
      }
    }
  }

  /// Writes each node's sum over its rows of what `term` says of a row.
  private func sum(
    _ shards: BatchShards, rows: Int, count: Int, into nodes: [Operand],
    _ term: (_ row: Int, _ index: Int) -> Double
  ) {
    let perSample = shards.rowsPerSample(rows)
    for (node, target) in zip(shards.nodes, nodes) {
      let samples = node.flatMap { Array(shards.shards[$0]) }
      let rows = samples.flatMap { $0 * perSample..<($0 + 1) * perSample }
      for index in 0..<count { target[index] = rows.reduce(0) { $0 + term($1, index) } }
    }
  }

  func linearWeightGradient(
    _ shards: BatchShards, dy: PlainMatrix, x: PlainMatrix, into nodes: [Operand]
  ) {
    sum(shards, rows: dy.rows, count: dy.columns * x.columns, into: nodes) { row, index in
      dy[row, index / x.columns] * x[row, index % x.columns]
    }
  }

  func biasGradient(_ shards: BatchShards, dy: PlainMatrix, into nodes: [Operand]) {
    sum(shards, rows: dy.rows, count: dy.columns, into: nodes) { dy[$0, $1] }
  }

  /// The row that a tap reads at a row's position; nil: the padding.
  private func source(_ row: Int, tap: Int, side: Int) -> Int? {
    let position = row % (side * side)
    let (i, j) = (position / side + tap / 3 - 1, position % side + tap % 3 - 1)
    guard (0..<side).contains(i), (0..<side).contains(j) else { return nil }
    return row - position + i * side + j
  }

  func convolution(
    _ shards: BatchShards, _ x: PlainMatrix, side: Int, weights: Operand, bias: Operand,
    into y: PlainMatrix
  ) {
    for row in 0..<y.rows {
      for output in 0..<y.columns {
        var sum = bias[output]
        for tap in 0..<9 {
          guard let from = source(row, tap: tap, side: side) else { continue }
          for input in 0..<x.columns {
            sum += x[from, input] * weights[(tap * y.columns + output) * x.columns + input]
          }
        }
        y[row, output] = sum
      }
    }
  }

  func convolutionInputGradient(
    _ shards: BatchShards, dy: PlainMatrix, side: Int, weights: Operand, into dx: PlainMatrix,
    adds: Bool
  ) {
    if !adds { dx.values = dx.values.map { _ in 0 } }
    for row in 0..<dy.rows {
      for tap in 0..<9 {
        guard let from = source(row, tap: tap, side: side) else { continue }
        for output in 0..<dy.columns {
          for input in 0..<dx.columns {
            dx[from, input] +=
              dy[row, output] * weights[(tap * dy.columns + output) * dx.columns + input]
          }
        }
      }
    }
  }

  func convolutionWeightGradient(
    _ shards: BatchShards, dy: PlainMatrix, x: PlainMatrix, side: Int, into nodes: [Operand]
  ) {
    sum(shards, rows: dy.rows, count: 9 * dy.columns * x.columns, into: nodes) { row, index in
      let (pair, input) = index.quotientAndRemainder(dividingBy: x.columns)
      guard let from = source(row, tap: pair / dy.columns, side: side) else { return 0 }
      return dy[row, pair % dy.columns] * x[from, input]
    }
  }

  func scale(_ x: Operand, count: Int, by factor: Double) {
    for i in 0..<count { x[i] *= factor }
  }

  func average(_ x: Operand, count: Int, decay: Double, into average: Operand) {
    for i in 0..<count { average[i] += (1 - decay) * (x[i] - average[i]) }
  }

  func adam(
    _ step: AdamStep, count: Int, weights: Operand, gradient: Operand, first: Operand,
    second: Operand
  ) {
    for i in 0..<count {
      first[i] = step.beta1 * first[i] + (1 - step.beta1) * gradient[i]
      second[i] = step.beta2 * second[i] + (1 - step.beta2) * gradient[i] * gradient[i]
      weights[i] -=
        step.rate * first[i] / (second[i].squareRoot() * step.correction + step.epsilon)
    }
  }
}
