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
    forEachPositionTile(shards, positions: positions, columns: outputs) {
      samples, position, part, scratch in
      let out = y.row(samples.lowerBound * positions + position) + part.lowerBound
      for (index, tap) in Self.taps(of: position, side: side).enumerated() {
        multiply(
          ProductTile(
            m: samples.count, n: part.count, leaves: [inputs],
            a: x.row(samples.lowerBound * positions + tap.source), aRow: positions * inputs,
            aDepth: 1, b: weights + (tap.tap * outputs + part.lowerBound) * inputs, bDepth: 1,
            bColumn: inputs, c: out, cRow: positions * outputs, adds: index > 0), scratch)
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
    forEachPositionTile(shards, positions: positions, columns: inputs) {
      samples, position, part, scratch in
      // What reads this position through a tap sits where the mirrored tap points.
      for (index, mirrored) in Self.taps(of: position, side: side).enumerated() {
        multiply(
          ProductTile(
            m: samples.count, n: part.count, leaves: [outputs],
            a: dy.row(samples.lowerBound * positions + mirrored.source), aRow: positions * outputs,
            aDepth: 1, b: weights + (8 - mirrored.tap) * outputs * inputs + part.lowerBound,
            bDepth: inputs, bColumn: 1,
            c: dx.row(samples.lowerBound * positions + position) + part.lowerBound,
            cRow: positions * inputs, adds: index > 0 || adding), scratch)
      }
    }
  }

  /// Runs `body` for every tile of samples and columns of every position.
  private func forEachPositionTile(
    _ shards: BatchShards, positions: Int, columns: Int,
    _ body: (
      _ samples: Range<Int>, _ position: Int, _ columns: Range<Int>, UnsafeMutablePointer<Scalar>
    ) -> Void
  ) {
    let rows = rowTiles(shards, rowsPerSample: 1)
    let parts = Self.tiles(columns, of: Self.tileColumns)
    runTiles(rows.count * positions * parts.count) { tile, scratch in
      let samples = rows[tile % rows.count]
      // Neighbouring tiles read the same weights.
      let position = tile / rows.count % positions
      if samples.isEmpty { return }
      body(samples, position, parts[tile / rows.count / positions], scratch)
    }
  }

  /// Each node's sum over its shards of the gradient of the weights [tap, outputs, inputs].
  public func convolutionWeightGradient(
    _ shards: BatchShards, dy: Matrix<Scalar>, x: Matrix<Scalar>, side: Int,
    nodes: [UnsafeMutablePointer<Scalar>]
  ) {
    let (inputs, outputs, positions) = (x.columns, dy.columns, side * side)
    let outputTiles = Self.tiles(outputs, of: Self.tileRows)
    let inputTiles = Self.tiles(inputs, of: Self.tileColumns)
    let readers = (0..<9).map { tap in
      (0..<positions).flatMap { position in
        Self.taps(of: position, side: side).filter { $0.tap == tap }.map { (position, $0.source) }
      }
    }
    let sum = ShardSum<Scalar>(shards)
    let tileSize = min(outputs, Self.tileRows) * min(inputs, Self.tileColumns)
    let tiles = outputTiles.count * inputTiles.count
    runTiles(9 * tiles, extra: sum.scratchCount(tileSize)) { index, scratch in
      let tap = index / tiles
      let out = outputTiles[index % tiles / inputTiles.count]
      let into = inputTiles[index % inputTiles.count]
      let offset = (tap * outputs + out.lowerBound) * inputs + into.lowerBound
      sum.compute(
        rows: out.count, columns: into.count, stride: inputs, nodes: nodes.map { $0 + offset },
        scratch: scratch + productScratch
      ) { samples, block, stride in
        if readers[tap].isEmpty {
          for row in 0..<out.count {
            (block + row * stride).update(repeating: 0, count: into.count)
          }
        }
        let first = samples[samples.startIndex].lowerBound * positions
        for (index, reader) in readers[tap].enumerated() {
          multiply(
            ProductTile(
              m: out.count, n: into.count, leaves: [samples[samples.startIndex].count],
              a: dy.row(first + reader.0) + out.lowerBound, aRow: 1, aDepth: positions * outputs,
              b: x.row(first + reader.1) + into.lowerBound, bDepth: positions * inputs, bColumn: 1,
              c: block, cRow: stride, adds: index > 0), scratch)
        }
      }
    }
  }
}
