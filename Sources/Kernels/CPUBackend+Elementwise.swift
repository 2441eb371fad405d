import Compute
import Matrices
import Random

/// Operations whose elements do not touch one another.
extension CPUBackend {
  public func copy(_ x: Matrix) -> Matrix {
    let y = matrix(x.rows, x.columns)
    y.pointer.update(from: x.pointer, count: x.count)
    return y
  }

  public func add(_ x: Matrix, _ y: Matrix, into z: Matrix) {
    forEachPart(of: z.count, grain: 1 << 14) { part in
      let start = part.lowerBound
      (z.pointer + start).update(from: x.pointer + start, count: part.count)
      Scalar.add(part.count, y.pointer + start, to: z.pointer + start)
    }
  }

  public func add(_ x: Matrix, to y: Matrix) {
    forEachPart(of: y.count, grain: 1 << 14) { part in
      Scalar.add(part.count, x.pointer + part.lowerBound, to: y.pointer + part.lowerBound)
    }
  }

  public func gelu(_ x: Matrix, into y: Matrix) {
    forEachPart(of: y.count, grain: 1 << 13) { part in
      Scalar.gelu(part.count, x.pointer + part.lowerBound, y.pointer + part.lowerBound)
    }
  }

  public func geluGradient(_ x: Matrix, dy: Matrix, into dx: Matrix) {
    forEachPart(of: dy.count, grain: 1 << 13) { part in
      let start = part.lowerBound
      Scalar.geluGradient(
        part.count, x.pointer + start, dy.pointer + start, dx.pointer + start)
    }
  }

  public func multiply(_ x: Matrix, mask: Matrix, group: Int, into y: Matrix) {
    forEachRows(x.rows, columns: x.columns) { rows in
      for row in rows { Self.multiply(x.row(row), mask.row(row), group, y.row(row), x.columns) }
    }
  }

  public func dropoutMask(_ key: DropoutKey, firstRow: Int, into mask: Matrix) {
    let kept = Scalar(1 / (1 - key.probability))
    forEachPart(of: mask.count, grain: 1 << 14) { part in
      key.generator.fillMask(
        mask.pointer, part, lane: key.layer, first: firstRow * mask.columns, kept: kept,
        dropping: key.probability)
    }
  }

  public func adam(
    _ step: AdamStep, count: Int, weights: Operand, gradient: Operand, first: Operand,
    second: Operand
  ) {
    let (weights, gradient) = (weights.pointer(), gradient.pointer())
    let (first, second) = (first.pointer(), second.pointer())
    timed(.optimizer) {
      forEachPart(of: count, grain: 1 << 15) { part in
        let start = part.lowerBound
        Scalar.adam(
          part.count, weights: weights + start, gradient: gradient + start, first: first + start,
          second: second + start, beta1: Scalar(step.beta1), beta2: Scalar(step.beta2),
          epsilon: Scalar(step.epsilon), step: Scalar(step.rate),
          correction: Scalar(step.correction))
      }
    }
  }

  public func scale(_ x: Operand, count: Int, by factor: Double) {
    let x = x.pointer()
    timed(.optimizer) {
      forEachPart(of: count, grain: 1 << 15) { part in
        Scalar.scale(part.count, by: Scalar(factor), x + part.lowerBound)
      }
    }
  }

  public func average(_ x: Operand, count: Int, decay: Double, into average: Operand) {
    let (x, average) = (x.pointer(), average.pointer())
    timed(.optimizer) {
      forEachPart(of: count, grain: 1 << 15) { part in
        Scalar.average(
          part.count, decay: Scalar(decay), x + part.lowerBound, into: average + part.lowerBound)
      }
    }
  }

  @_specialize(where Scalar == Float)
  static func multiply(
    _ x: UnsafePointer<Scalar>, _ mask: UnsafePointer<Scalar>, _ group: Int,
    _ y: UnsafeMutablePointer<Scalar>, _ count: Int
  ) {
    for i in 0..<count { y[i] = x[i] * mask[i / group] }
  }
}
