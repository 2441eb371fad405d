import Foundation
import Kernels
import TestSupport
import XCTest

/// The float32 kernels against naive float64, and their independence of how the work is cut.
final class KernelTests: XCTestCase {
  /// Values over the whole range that matters, dense near zero.
  private var points: [Float] {
    var points: [Float] = [0, -0.0]
    for i in -20_000...20_000 { points.append(Float(i) / 1000) }
    for i in 0..<200 {
      let size = Float(pow(10, Double(i) / 5 - 38))
      points += [size, -size]
    }
    return points
  }

  private func gelu(_ x: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: x.count) {
      Float.gelu(x.count, x, $0.baseAddress!)
      $1 = x.count
    }
  }

  private func geluGradient(_ x: [Float], _ dy: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: x.count) {
      Float.geluGradient(x.count, x, dy, $0.baseAddress!)
      $1 = x.count
    }
  }

  func testGELUAgainstErfc() {
    let x = points
    let y = gelu(x)
    let dx = geluGradient(x, Array(repeating: 1, count: x.count))
    var worst = (value: 0.0, slope: 0.0, tail: 0.0)
    for i in x.indices {
      let z = Double(x[i])
      let cumulative = 0.5 * erfc(-z / 2.0.squareRoot())
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      let (value, slope) = (z * cumulative, cumulative + z * density)
      XCTAssertTrue(y[i].isFinite && dx[i].isFinite, "at \(z)")
      worst.value = max(worst.value, abs(Double(y[i]) - value) / (1e-30 + abs(z)))
      worst.slope = max(worst.slope, abs(Double(dx[i]) - slope))
      // In the left tail relative to the tiny value itself, where float32 can hold it.
      if z < 0 && value < -1e-30 {
        worst.tail = max(worst.tail, abs(Double(y[i]) - value) / abs(value))
      }
    }
    XCTAssertLessThan(worst.value, 3e-7)
    XCTAssertLessThan(worst.slope, 5e-7)
    XCTAssertLessThan(worst.tail, 2e-5)
    XCTAssertTrue(gelu([.nan])[0].isNaN)
    XCTAssertEqual(gelu([.infinity])[0], .infinity)
  }

  func testElementwiseBitsDoNotDependOnTheCut() {
    var random = SeededGenerator(seed: 16)
    let count = 301
    let x = random.floats(count, in: -6...6)
    let dy = random.floats(count, in: -2...2)
    let whole = (gelu(x), geluGradient(x, dy))
    for cut in 0...70 {
      XCTAssertEqual(gelu(Array(x[..<cut])) + gelu(Array(x[cut...])), whole.0)
      XCTAssertEqual(
        geluGradient(Array(x[..<cut]), Array(dy[..<cut]))
          + geluGradient(Array(x[cut...]), Array(dy[cut...])), whole.1)
    }
    func adam(_ cuts: [Int]) -> [Float] {
      var (w, m, v) = (x, dy, dy.map { $0 * $0 })
      for (start, end) in zip([0] + cuts, cuts + [count]) {
        w.withUnsafeMutableBufferPointer { w in
          m.withUnsafeMutableBufferPointer { m in
            v.withUnsafeMutableBufferPointer { v in
              x.withUnsafeBufferPointer { g in
                Float.adam(
                  end - start, weights: w.baseAddress! + start, gradient: g.baseAddress! + start,
                  first: m.baseAddress! + start, second: v.baseAddress! + start, beta1: 0.9,
                  beta2: 0.999, epsilon: 1e-8, step: 1e-3, correction: 2)
              }
            }
          }
        }
      }
      return w + m + v
    }
    for cut in 0...70 { XCTAssertEqual(adam([cut]), adam([])) }
  }

  func testNormAgainstNaiveDouble() {
    var random = SeededGenerator(seed: 17)
    for columns in [1, 2, 15, 16, 17, 24, 63, 256] {
      let rows = 5
      // A mean far from zero, which a one-pass variance would not survive.
      let x = random.floats(rows * columns).map { $0 * 0.5 + 50 }
      let gain = random.floats(columns, in: 0.5...2)
      let bias = random.floats(columns)
      let dy = random.floats(rows * columns)
      var y = [Float](repeating: 0, count: x.count)
      var mean = [Float](repeating: 0, count: rows)
      var scale = mean
      Float.normalize(
        rows: rows, columns: columns, x, gain: gain, bias: bias, epsilon: 1e-5, &y, mean: &mean,
        scale: &scale)
      var written = [Float](repeating: .nan, count: x.count)
      Float.normalizeGradient(
        rows: rows, columns: columns, x, gain: gain, mean: mean, scale: scale, dy, &written,
        adding: false)
      var added = bias + [Float](repeating: 1, count: x.count)
      added = Array(added[..<x.count])
      let before = added
      Float.normalizeGradient(
        rows: rows, columns: columns, x, gain: gain, mean: mean, scale: scale, dy, &added,
        adding: true)
      var dgain = [Float](repeating: .nan, count: columns)
      var dbias = dgain
      Float.normalizeParameterGradients(
        rows: rows, columns: columns, stride: columns, x, mean: mean, scale: scale, dy,
        gain: &dgain, bias: &dbias)
      var naive = NaiveNorm(rows: rows, columns: columns)
      naive.compute(x: x, gain: gain, bias: bias, dy: dy)
      let tolerance = 3e-4
      for i in x.indices {
        XCTAssertEqual(Double(y[i]), naive.y[i], accuracy: tolerance, "\(columns) columns")
        XCTAssertEqual(
          Double(written[i]), naive.dx[i], accuracy: tolerance * (1 + abs(naive.dx[i])),
          "\(columns) columns")
        XCTAssertEqual(added[i], before[i] + written[i], accuracy: 1e-5 * (1 + abs(written[i])))
      }
      for c in 0..<columns {
        XCTAssertEqual(Double(dgain[c]), naive.dgain[c], accuracy: tolerance)
        XCTAssertEqual(Double(dbias[c]), naive.dbias[c], accuracy: 1e-5)
      }
    }
  }

  func testSumsAndFiniteness() {
    var random = SeededGenerator(seed: 18)
    for (rows, columns, stride) in [(1, 1, 1), (7, 5, 9), (40, 33, 33), (3, 64, 100)] {
      let x = random.floats(rows * stride)
      var sums = [Float](repeating: .nan, count: columns)
      Float.columnSums(rows: rows, columns: columns, stride: stride, x, &sums)
      for c in 0..<columns {
        let expected = (0..<rows).reduce(Float(0)) { $0 + x[$1 * stride + c] }
        XCTAssertEqual(sums[c], expected, "the rows are not summed in their order")
      }
      var y = x
      Float.addBias(rows: rows, columns: columns, stride: stride, sums, &y)
      for i in y.indices {
        XCTAssertEqual(y[i], x[i] + (i % stride < columns ? sums[i % stride] : 0))
      }
    }
    for count in [1, 15, 16, 17, 100] {
      var x = random.floats(count)
      XCTAssertTrue(Float.allFinite(count, x))
      for i in 0..<count {
        for bad in [Float.nan, .infinity, -.infinity] {
          let kept = x[i]
          x[i] = bad
          XCTAssertFalse(Float.allFinite(count, x), "\(bad) at \(i) of \(count)")
          x[i] = kept
        }
      }
    }
    XCTAssertTrue(Float.allFinite(2, [.greatestFiniteMagnitude, -.leastNonzeroMagnitude]))
  }
}

/// The channel norm and its gradients from their formulas, in float64.
private struct NaiveNorm {
  let rows: Int
  let columns: Int
  var y: [Double]
  var dx: [Double]
  var dgain: [Double]
  var dbias: [Double]

  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    y = Array(repeating: 0, count: rows * columns)
    dx = y
    dgain = Array(repeating: 0, count: columns)
    dbias = dgain
  }

  mutating func compute(x: [Float], gain: [Float], bias: [Float], dy: [Float]) {
    let count = Double(columns)
    for row in 0..<rows {
      let at = row * columns..<(row + 1) * columns
      let values = x[at].map(Double.init)
      let mean = values.reduce(0, +) / count
      let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / count
      let scale = 1 / (variance + 1e-5).squareRoot()
      let normal = values.map { ($0 - mean) * scale }
      let scaled = zip(dy[at], gain).map { Double($0) * Double($1) }
      let average = scaled.reduce(0, +) / count
      let slope = zip(scaled, normal).map(*).reduce(0, +) / count
      for c in 0..<columns {
        y[row * columns + c] = normal[c] * Double(gain[c]) + Double(bias[c])
        dx[row * columns + c] = scale * (scaled[c] - average - normal[c] * slope)
        dgain[c] += Double(dy[row * columns + c]) * normal[c]
        dbias[c] += Double(dy[row * columns + c])
      }
    }
  }
}
