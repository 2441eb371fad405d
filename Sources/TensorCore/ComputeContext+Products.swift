/// Products of token matrices with weights, cut into tiles whose shapes follow from the model and
/// the shards alone: then neither threads nor ranks can change a bit, on any BLAS kernel.
extension ComputeContext {
  /// Columns of an output tile.
  static var tileColumns: Int { 512 }
  /// The longest sum that BLAS surely finishes in one pass. Up to it, computing a product on top of
  /// an earlier one rounds as computing it apart and adding.
  static var longestExactSum: Int { 192 }

  /// y = x · W (or x · Wᵀ) + beta · y, for all rows of x; `finish` then sees every tile of y once.
  ///
  /// - Parameters:
  ///   - rows: The row tiles: one a shard.
  ///   - x: Rows of `inner` elements, `xStride` apart.
  ///   - weights: [inner, columns], or [columns, inner] if `transposed`.
  ///   - y: Rows of `columns` elements, `yStride` apart.
  public func product(
    rows: [Range<Int>], _ x: UnsafePointer<Scalar>, xStride: Int, inner: Int,
    weights: UnsafePointer<Scalar>, transposed: Bool, columns: Int, beta: Scalar = 0,
    _ y: UnsafeMutablePointer<Scalar>, yStride: Int,
    finish: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void = { _, _ in }
  ) {
    let columnTiles = Self.tiles(columns)
    threads.run(rows.count * columnTiles.count) { tile, _ in
      let range = rows[tile % rows.count]
      let part = columnTiles[tile / rows.count]
      if range.isEmpty { return }
      Scalar.multiply(
        transposeA: false, transposeB: transposed, m: range.count, n: part.count, k: inner,
        x + range.lowerBound * xStride, xStride,
        weights + part.lowerBound * (transposed ? inner : 1), transposed ? inner : columns,
        beta: beta, y + range.lowerBound * yStride + part.lowerBound, yStride)
      finish(range, part)
    }
  }

  /// Each node's sum over its shards of dyᵀ · x: the gradient of a weight [outputs, inputs].
  ///
  /// - Parameters:
  ///   - rowsPerSample: Rows of `dy` and `x` that belong to one sample.
  ///   - nodes: Where each node's [outputs, inputs] goes.
  public func weightGradient(
    _ shards: BatchShards, rowsPerSample: Int, dy: Matrix<Scalar>, x: Matrix<Scalar>,
    nodes: [UnsafeMutablePointer<Scalar>]
  ) {
    let outputs = dy.columns
    let inputs = x.columns
    let outputTiles = Self.tiles(outputs)
    let inputTiles = Self.tiles(inputs)
    let sum = ShardSum<Scalar>(
      shards, addsInPlace: shards.largestShard * rowsPerSample <= Self.longestExactSum)
    let tileSize = min(outputs, Self.tileColumns) * min(inputs, Self.tileColumns)
    withScratch(sum.scratchCount(tileSize)) { scratch in
      threads.run(outputTiles.count * inputTiles.count) { tile, thread in
        let out = outputTiles[tile / inputTiles.count]
        let into = inputTiles[tile % inputTiles.count]
        let offset = out.lowerBound * inputs + into.lowerBound
        sum.compute(
          rows: out.count, columns: into.count, stride: inputs, nodes: nodes.map { $0 + offset },
          scratch: scratch(thread)
        ) { shard, block, stride, adds in
          let first = shard.lowerBound * rowsPerSample
          Scalar.multiply(
            transposeA: true, transposeB: false, m: out.count, n: into.count,
            k: shard.count * rowsPerSample, dy.row(first) + out.lowerBound, outputs,
            x.row(first) + into.lowerBound, inputs, beta: adds ? 1 : 0, block, stride)
        }
      }
    }
  }

  /// Each node's sum over its shards of a vector that `leaf` writes for a shard and a run of columns.
  public func vectorGradient(
    _ shards: BatchShards, columns: Int, nodes: [UnsafeMutablePointer<Scalar>],
    leaf: (
      _ shard: Range<Int>, _ columns: Range<Int>, _ block: UnsafeMutablePointer<Scalar>
    ) -> Void
  ) {
    let tiles = Self.tiles(columns)
    let sum = ShardSum<Scalar>(shards, addsInPlace: false)
    withScratch(sum.scratchCount(min(columns, Self.tileColumns))) { scratch in
      threads.run(tiles.count) { tile, thread in
        let part = tiles[tile]
        sum.compute(
          rows: 1, columns: part.count, stride: columns, nodes: nodes.map { $0 + part.lowerBound },
          scratch: scratch(thread)
        ) { shard, block, _, _ in leaf(shard, part, block) }
      }
    }
  }

  /// `0 ..< count` in runs of `tileColumns`.
  static func tiles(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: tileColumns).map { $0..<min($0 + tileColumns, count) }
  }

  /// Calls `body` with a function that gives each thread `count` elements of its own.
  public func withScratch(_ count: Int, _ body: ((Int) -> UnsafeMutablePointer<Scalar>) -> Void) {
    let scratch = matrix(threads.threads, max(count, 1))
    body { scratch.row($0) }
  }
}
