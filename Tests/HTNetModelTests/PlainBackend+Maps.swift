import Compute
import Foundation

/// The operations over rows and maps, by their definitions.
extension PlainBackend {
  func norm(_ x: PlainMatrix, gain: Operand, bias: Operand, into y: PlainMatrix) -> PlainMatrix {
    let statistics = PlainMatrix(2, x.rows)
    for row in 0..<x.rows {
      let values = (0..<x.columns).map { x[row, $0] }
      let mean = values.reduce(0, +) / Double(x.columns)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.columns)
      let scale = 1 / (variance + 1e-5).squareRoot()
      statistics[0, row] = mean
      statistics[1, row] = scale
      for column in 0..<x.columns {
        y[row, column] = (x[row, column] - mean) * scale * gain[column] + bias[column]
      }
    }
    return statistics
  }

  func normInputGradient(
    _ x: PlainMatrix, gain: Operand, statistics: PlainMatrix, dy: PlainMatrix,
    into dx: PlainMatrix, adds: Bool
  ) {
    let count = Double(x.columns)
    for row in 0..<x.rows {
      let (mean, scale) = (statistics[0, row], statistics[1, row])
      let n = (0..<x.columns).map { (x[row, $0] - mean) * scale }
      let d = (0..<x.columns).map { dy[row, $0] * gain[$0] }
      let (sum, dot) = (d.reduce(0, +) / count, zip(n, d).map(*).reduce(0, +) / count)
      for column in 0..<x.columns {
        dx[row, column] =
          scale * (d[column] - sum - n[column] * dot) + (adds ? dx[row, column] : 0)
      }
    }
  }

  func normGainGradient(
    _ shards: BatchShards, x: PlainMatrix, statistics: PlainMatrix, dy: PlainMatrix,
    into nodes: [Operand]
  ) {
    let product = PlainMatrix(x.rows, x.columns)
    for row in 0..<x.rows {
      for column in 0..<x.columns {
        product[row, column] =
          dy[row, column] * (x[row, column] - statistics[0, row]) * statistics[1, row]
      }
    }
    biasGradient(shards, dy: product, into: nodes)
  }

  func patches(_ images: PlainMatrix, channels: Int, side: Int, patch: Int) -> PlainMatrix {
    let map = side / patch
    let patches = PlainMatrix(images.rows * map * map, patch * patch * channels)
    for row in 0..<patches.rows {
      let (sample, place) = row.quotientAndRemainder(dividingBy: map * map)
      for column in 0..<patches.columns {
        let (pixel, channel) = column.quotientAndRemainder(dividingBy: channels)
        let (i, j) = (place / map * patch + pixel / patch, place % map * patch + pixel % patch)
        patches[row, column] = images[sample, (channel * side + i) * side + j]
      }
    }
    return patches
  }

  func addPositions(_ x: PlainMatrix, scalars: Operand, map: FeatureMap, into y: PlainMatrix) {
    let places = map.placeInBlock
    for row in 0..<x.rows {
      for column in 0..<x.columns {
        y[row, column] = x[row, column] + scalars[places[row % map.positions]]
      }
    }
  }

  func positionGradient(
    _ shards: BatchShards, dy: PlainMatrix, map: FeatureMap, into nodes: [Operand]
  ) {
    let places = map.placeInBlock
    for (node, target) in zip(shards.nodes, nodes) {
      for place in 0..<map.sequence { target[place] = 0 }
      for sample in node.flatMap({ Array(shards.shards[$0]) }) {
        for position in 0..<map.positions {
          let row = sample * map.positions + position
          target[places[position]] += (0..<dy.columns).reduce(0) { $0 + dy[row, $1] }
        }
      }
    }
  }

  /// Calls `body` with each sample's blocks: head, rows, where q, k and v begin, and where the block's
  /// probabilities do.
  private func forEachHead(
    _ qkv: PlainMatrix, _ map: FeatureMap, _ heads: Int,
    _ body: (_ sample: Int, _ rows: [Int], _ head: Int, _ headDim: Int, _ offset: Int) -> Void
  ) {
    let headDim = qkv.columns / 3 / heads
    for sample in 0..<qkv.rows / map.positions {
      for (block, positions) in map.blockPositions.enumerated() {
        let rows = positions.map { sample * map.positions + $0 }
        for head in 0..<heads {
          let offset = (block * heads + head) * map.sequence * map.sequence
          body(sample, rows, head, headDim, offset)
        }
      }
    }
  }

  func attention(
    _ qkv: PlainMatrix, map: FeatureMap, heads: Int, mask: PlainMatrix?, into out: PlainMatrix
  ) -> PlainMatrix {
    let kept = PlainMatrix(qkv.rows / map.positions, map.probabilities(heads: heads))
    let inner = qkv.columns / 3
    forEachHead(qkv, map, heads) { sample, rows, head, headDim, offset in
      for (i, row) in rows.enumerated() {
        let scores = rows.map { other in
          (0..<headDim).reduce(0.0) {
            $0 + qkv[row, head * headDim + $1] * qkv[other, inner + head * headDim + $1]
          } / Double(headDim).squareRoot()
        }
        let powers = scores.map { exp($0 - scores.max()!) }
        for j in rows.indices {
          kept[sample, offset + i * rows.count + j] = powers[j] / powers.reduce(0, +)
        }
        for d in 0..<headDim {
          out[row, head * headDim + d] = rows.indices.reduce(0) { sum, j in
            let place = offset + i * rows.count + j
            return sum + kept[sample, place] * (mask?[sample, place] ?? 1)
              * qkv[rows[j], 2 * inner + head * headDim + d]
          }
        }
      }
    }
    return kept
  }

  func attentionGradient(
    _ qkv: PlainMatrix, probabilities: PlainMatrix, map: FeatureMap, heads: Int,
    mask: PlainMatrix?, dout: PlainMatrix, into dqkv: PlainMatrix
  ) {
    dqkv.values = dqkv.values.map { _ in 0 }
    let inner = qkv.columns / 3
    forEachHead(qkv, map, heads) { sample, rows, head, headDim, offset in
      let start = head * headDim
      for (i, row) in rows.enumerated() {
        let places = rows.indices.map { offset + i * rows.count + $0 }
        let p = places.map { probabilities[sample, $0] }
        let m = places.map { mask?[sample, $0] ?? 1 }
        let dp = rows.indices.map { j in
          m[j]
            * (0..<headDim).reduce(0.0) {
              $0 + dout[row, start + $1] * qkv[rows[j], 2 * inner + start + $1]
            }
        }
        let dot = zip(p, dp).map(*).reduce(0, +)
        for (j, other) in rows.enumerated() {
          let slope = p[j] * (dp[j] - dot) / Double(headDim).squareRoot()
          for d in start..<start + headDim {
            dqkv[other, 2 * inner + d] += p[j] * m[j] * dout[row, d]
            dqkv[row, d] += slope * qkv[other, inner + d]
            dqkv[other, inner + d] += slope * qkv[row, d]
          }
        }
      }
    }
  }

  func maxPool(_ x: PlainMatrix, side: Int, into y: PlainMatrix) -> [Int] {
    let half = side / 2
    return y.values.indices.map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: y.columns)
      let (sample, position) = row.quotientAndRemainder(dividingBy: half * half)
      var best: Int?
      for i in 2 * (position / half) - 1...2 * (position / half) + 1 {
        for j in 2 * (position % half) - 1...2 * (position % half) + 1 {
          guard (0..<side).contains(i), (0..<side).contains(j) else { continue }
          let from = (sample * side + i) * side + j
          if best.map({ x[from, column] > x[$0, column] }) ?? true { best = from }
        }
      }
      y.values[index] = x[best!, column]
      return best!
    }
  }

  func maxPoolGradient(_ dy: PlainMatrix, taps: [Int], side: Int, into dx: PlainMatrix) {
    dx.values = dx.values.map { _ in 0 }
    for (index, from) in taps.enumerated() { dx[from, index % dy.columns] += dy.values[index] }
  }

  func meanOverPositions(_ x: PlainMatrix, positions: Int, into y: PlainMatrix) {
    for row in 0..<y.rows {
      for column in 0..<y.columns {
        y[row, column] =
          (0..<positions).reduce(0) { $0 + x[row * positions + $1, column] } / Double(positions)
      }
    }
  }

  func meanGradient(_ dy: PlainMatrix, positions: Int, into dx: PlainMatrix) {
    for row in 0..<dx.rows {
      for column in 0..<dx.columns {
        dx[row, column] = dy[row / positions, column] / Double(positions)
      }
    }
  }

  func crossEntropy(
    _ logits: PlainMatrix, labels: [Int], batchSize: Int, gradient: PlainMatrix
  ) -> [Double] {
    labels.enumerated().map { row, label in
      let powers = (0..<logits.columns).map { exp(logits[row, $0]) }
      let total = powers.reduce(0, +)
      for column in 0..<logits.columns {
        gradient[row, column] =
          (powers[column] / total - (column == label ? 1 : 0)) / Double(batchSize)
      }
      return log(total) - logits[row, label]
    }
  }

  func crossEntropy(_ logits: PlainMatrix, targets: SoftTargets, gradient: PlainMatrix) -> [Double]
  {
    targets.coefficients.enumerated().map { row, wanted in
      let powers = (0..<logits.columns).map { exp(logits[row, $0]) }
      let total = powers.reduce(0, +)
      var loss = 0.0
      for column in 0..<logits.columns {
        gradient[row, column] = wanted.map { $0 * powers[column] / total }.reduce(0, +)
        gradient[row, column] = (gradient[row, column] - wanted[column]) / targets.divisor
        loss -= wanted[column] * log(powers[column] / total)
      }
      return loss
    }
  }
}
