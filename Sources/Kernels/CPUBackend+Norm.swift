import Compute
import Matrices

/// Normalization over the channels of each token.
extension CPUBackend {
  private static var epsilon: Scalar { 1e-5 }

  public func norm(_ x: Matrix, gain: Operand, bias: Operand, into y: Matrix) -> Matrix {
    let statistics = matrix(2, max(x.rows, 1))
    let (mean, scale) = (statistics.row(0), statistics.row(1))
    let (gain, bias) = (gain.pointer(), bias.pointer())
    forEachRows(x.rows, columns: x.columns) { part in
      let first = part.lowerBound
      Scalar.normalize(
        rows: part.count, columns: x.columns, x.row(first), gain: gain, bias: bias,
        epsilon: Self.epsilon, y.row(first), mean: mean + first, scale: scale + first)
    }
    return statistics
  }

  public func normInputGradient(
    _ x: Matrix, gain: Operand, statistics: Matrix, dy: Matrix, into dx: Matrix, adds: Bool
  ) {
    let (mean, scale) = (statistics.row(0), statistics.row(1))
    let gain = gain.pointer()
    forEachRows(x.rows, columns: x.columns) { part in
      let first = part.lowerBound
      Scalar.normalizeGradient(
        rows: part.count, columns: x.columns, x.row(first), gain: gain, mean: mean + first,
        scale: scale + first, dy.row(first), dx.row(first), adding: adds)
    }
  }

  public func normGainGradient(
    _ shards: BatchShards, x: Matrix, statistics: Matrix, dy: Matrix, into nodes: [Operand]
  ) {
    let perSample = shards.rowsPerSample(dy.rows)
    vectorGradient(shards, columns: dy.columns, nodes: nodes) { shard, columns, block in
      let first = shard.lowerBound * perSample
      withUnsafeTemporaryAllocation(of: Scalar.self, capacity: columns.count) { unused in
        Scalar.normalizeParameterGradients(
          rows: shard.count * perSample, columns: columns.count, stride: dy.columns,
          x.row(first) + columns.lowerBound, mean: statistics.row(0) + first,
          scale: statistics.row(1) + first, dy.row(first) + columns.lowerBound, gain: block,
          bias: unused.baseAddress!)
      }
    }
  }

  public func biasGradient(_ shards: BatchShards, dy: Matrix, into nodes: [Operand]) {
    let perSample = shards.rowsPerSample(dy.rows)
    vectorGradient(shards, columns: dy.columns, nodes: nodes) { shard, columns, block in
      Scalar.columnSums(
        rows: shard.count * perSample, columns: columns.count, stride: dy.columns,
        dy.row(shard.lowerBound * perSample) + columns.lowerBound, block)
    }
  }

  /// Each node's sum over its shards of a vector that `leaf` writes for a shard and a run of columns.
  private func vectorGradient(
    _ shards: BatchShards, columns: Int, nodes: [Operand],
    leaf: (
      _ shard: Range<Int>, _ columns: Range<Int>, _ block: UnsafeMutablePointer<Scalar>
    ) -> Void
  ) {
    let parts = Self.tiles(columns, of: Self.tileColumns)
    let sum = ShardSum<Scalar>(shards)
    withScratch(sum.scratchCount(min(columns, Self.tileColumns))) { scratch in
      timed(.elementwise) {
        threads.run(parts.count) { tile, thread in
          let part = parts[tile]
          sum.compute(
            rows: 1, columns: part.count, stride: columns,
            nodes: nodes.map { $0.pointer() + part.lowerBound }, scratch: scratch(thread)
          ) { shard, block, _ in leaf(shards.shards[shard], part, block) }
        }
      }
    }
  }
}
