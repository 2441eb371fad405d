/// The 3 × 3 convolution with padding 1 over token matrices, as one product a position and tap.
///
/// Rows of one position are a sample's length apart, which BLAS takes as a stride: nothing is
/// copied, and taps that fall on the padding are never computed (44 of 144 on a 4 × 4 map).
/// Weights are [tap, outputs, inputs], taps row by row.
extension ComputeContext {
  /// The taps of a position that lie on the map, with the position each reads.
  static func taps(of position: Int, side: Int) -> [(tap: Int, source: Int)] {
    (0..<9).compactMap { tap in
      let (row, column) = (position / side + tap / 3 - 1, position % side + tap % 3 - 1)
      guard (0..<side).contains(row), (0..<side).contains(column) else { return nil }
      return (tap, row * side + column)
    }
  }

  /// y [samples · side², outputs] from x [samples · side², inputs].
  public func convolution(
    _ shards: BatchShards, _ x: Matrix<Scalar>, side: Int, weights: UnsafePointer<Scalar>,
    bias: UnsafePointer<Scalar>, into y: Matrix<Scalar>
  ) {
    let (inputs, outputs, positions) = (x.columns, y.columns, side * side)
    let columnTiles = Self.tiles(outputs)
    let rows = shards.shards
    threads.run(rows.count * positions * columnTiles.count) { tile, _ in
      let samples = rows[tile % rows.count]
      let position = tile / rows.count % positions
      let part = columnTiles[tile / rows.count / positions]
      if samples.isEmpty { return }
      let out = y.row(samples.lowerBound * positions + position) + part.lowerBound
      for (index, tap) in Self.taps(of: position, side: side).enumerated() {
        Scalar.multiply(
          transposeA: false, transposeB: true, m: samples.count, n: part.count, k: inputs,
          x.row(samples.lowerBound * positions + tap.source), positions * inputs,
          weights + (tap.tap * outputs + part.lowerBound) * inputs, inputs,
          beta: index == 0 ? 0 : 1, out, positions * outputs)
      }
      Scalar.addBias(
        rows: samples.count, columns: part.count, stride: positions * outputs,
        bias + part.lowerBound, out)
    }
  }

  /// dx [samples · side², inputs] from dy, written or added.
  public func convolutionInputGradient(
    _ shards: BatchShards, dy: Matrix<Scalar>, side: Int, weights: UnsafePointer<Scalar>,
    into dx: Matrix<Scalar>, adding: Bool
  ) {
    let (inputs, outputs, positions) = (dx.columns, dy.columns, side * side)
    let columnTiles = Self.tiles(inputs)
    let rows = shards.shards
    threads.run(rows.count * positions * columnTiles.count) { tile, _ in
      let samples = rows[tile % rows.count]
      let position = tile / rows.count % positions
      let part = columnTiles[tile / rows.count / positions]
      if samples.isEmpty { return }
      // What reads this position through a tap sits where the mirrored tap points.
      for (index, mirrored) in Self.taps(of: position, side: side).enumerated() {
        Scalar.multiply(
          transposeA: false, transposeB: false, m: samples.count, n: part.count, k: outputs,
          dy.row(samples.lowerBound * positions + mirrored.source), positions * outputs,
          weights + (8 - mirrored.tap) * outputs * inputs + part.lowerBound, inputs,
          beta: index == 0 && !adding ? 0 : 1,
          dx.row(samples.lowerBound * positions + position) + part.lowerBound, positions * inputs)
      }
    }
  }

  /// Each node's sum over its shards of the gradient of the weights [tap, outputs, inputs].
  public func convolutionWeightGradient(
    _ shards: BatchShards, dy: Matrix<Scalar>, x: Matrix<Scalar>, side: Int,
    nodes: [UnsafeMutablePointer<Scalar>]
  ) {
    let (inputs, outputs, positions) = (x.columns, dy.columns, side * side)
    let outputTiles = Self.tiles(outputs)
    let readers = (0..<9).map { tap in
      (0..<positions).flatMap { position in
        Self.taps(of: position, side: side).filter { $0.tap == tap }.map { (position, $0.source) }
      }
    }
    let sum = ShardSum<Scalar>(shards, addsInPlace: false)
    withScratch(sum.scratchCount(min(outputs, Self.tileColumns) * inputs)) { scratch in
      threads.run(9 * outputTiles.count) { tile, thread in
        let (tap, part) = (tile / outputTiles.count, outputTiles[tile % outputTiles.count])
        let offset = (tap * outputs + part.lowerBound) * inputs
        sum.compute(
          rows: part.count, columns: inputs, stride: inputs, nodes: nodes.map { $0 + offset },
          scratch: scratch(thread)
        ) { shard, block, stride, _ in
          if readers[tap].isEmpty {
            for row in 0..<part.count {
              (block + row * stride).update(repeating: 0, count: inputs)
            }
          }
          for (index, reader) in readers[tap].enumerated() {
            let first = shard.lowerBound * positions
            Scalar.multiply(
              transposeA: true, transposeB: false, m: part.count, n: inputs, k: shard.count,
              dy.row(first + reader.0) + part.lowerBound, positions * outputs,
              x.row(first + reader.1), positions * inputs, beta: index == 0 ? 0 : 1, block, stride)
          }
        }
      }
    }
  }
}
